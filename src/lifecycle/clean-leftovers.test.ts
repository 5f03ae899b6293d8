import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLifecycle, type TestLifecycle } from '../../test/support/lifecycle.ts';
import type { Challenge, SolverSource } from '../challenges/solver.ts';
import { AppError } from '../core/errors.ts';
import { parseName } from '../core/names.ts';
import type { Progress } from '../observe/progress.ts';
import type { AnswerRecord } from '../store/records.ts';
import { sampleCertificate, sampleOrder, sampleSecret } from '../store/sample-records.contract.ts';
import { cleanLeftovers } from './clean-leftovers.ts';
import { withLease } from './leases.ts';

const { signal } = new AbortController();
let lifecycle: TestLifecycle;
let removed: Challenge[];
let reports: Progress[];
let fault: AppError | undefined;

beforeEach(async () => {
  lifecycle = await openLifecycle();
  removed = [];
  reports = [];
  fault = undefined;
});
afterEach(() => lifecycle[Symbol.asyncDispose]());

it('takes away the answers of ended orders, where they were put', async () => {
  await addOrder('ended', [answer('one')], 'failed');
  await clean();
  expect(removed).toEqual([answer('one')]);
  expect(await answersOf('ended')).toEqual([]);
  await clean();
  expect(removed).toHaveLength(1);
});

it('leaves what cannot be taken away to the next start', async () => {
  await addOrder('ended', [answer('one'), answer('two')], 'abandoned');
  fault = new AppError('dns/unavailable', 'the host does not answer');
  await clean();
  expect(await answersOf('ended')).toHaveLength(2);
  expect(reports[0]).toEqual({
    step: 'warning',
    message: 'could not remove an old dns-01 answer for app.example.com: the host does not answer',
  });
  fault = undefined;
  await clean();
  expect(await answersOf('ended')).toEqual([]);
});

it('leaves alone what an unfinished order has as well', async () => {
  await addOrder('ended', [answer('same'), answer('old')], 'failed');
  await addOrder('unfinished', [answer('same')]);
  await clean();
  expect(removed).toEqual([answer('old')]);
  expect(await answersOf('ended')).toEqual([answer('same')]);
});

it('leaves alone a certificate that somebody works on', async () => {
  await addOrder('ended', [answer('one')], 'failed');
  const { store, clock } = lifecycle.context;
  const options = { leases: store.leases, clock, name: 'certificate/ended', subject: 'issuing' };
  await withLease({ ...options, patience: 'none' }, signal, clean);
  expect(removed).toEqual([]);
});

function answer(token: string): AnswerRecord {
  return {
    type: 'dns-01',
    name: parseName('app.example.com'),
    token,
    keyAuthorization: `${token}.thumbprint`,
    place: { name: 'x.validate.example.net', credential: 'main' },
  };
}

async function addOrder(
  id: string,
  answers: readonly AnswerRecord[],
  outcome?: 'failed' | 'abandoned',
): Promise<void> {
  const { certificates, orders } = lifecycle.context.store;
  await certificates.insert(sampleCertificate(id));
  const order = { ...sampleOrder(id, id), answers };
  await orders.open(order, sampleSecret(order.keySecretId ?? id));
  if (outcome !== undefined)
    await orders.update({ ...order, outcome, finishedAt: order.createdAt });
}

async function answersOf(id: string): Promise<readonly AnswerRecord[] | undefined> {
  return (await lifecycle.context.store.orders.find(id))?.answers;
}

function clean(): Promise<void> {
  const { store, clock } = lifecycle.context;
  return cleanLeftovers({ store, clock, solvers }, (report) => reports.push(report), signal);
}

/** In place of a DNS host. */
const solvers: SolverSource = {
  solverFor: (type) => ({
    type,
    present: async () => {},
    awaitVisible: async () => {},
    cleanUp: async (challenge) => {
      if (fault !== undefined) throw fault;
      removed.push(challenge);
    },
    close: async () => {},
  }),
};
