import { expect, it } from 'vitest';
import { openExecHarness } from '../../../test/support/dns-exec-harness.ts';
import { startDnsServer } from '../../../test/support/dns-server.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import { parseName } from '../../core/names.ts';
import type { Challenge } from '../solver.ts';
import { createDnsAccount01Solver } from './solver.ts';

const { signal } = new AbortController();
// draft-ietf-acme-dns-account-label-02 §3.2
const ONE = challengeOf('https://example.com/acme/acct/ExampleAccount');
const RECORD = '_ujmmovf2vn55tgye._acme-challenge.example.com';

async function openSolver(address: string) {
  const host = await openExecHarness('add');
  const settings = { resolvers: [address], timeoutMs: 5_000, extraWaitMs: 0, check: true };
  const credential = { name: 'test', provider: host.provider, propagation: settings };
  return { host, solver: createDnsAccount01Solver({ credential, clock: createSteppingClock() }) };
}

it('has a record of its own for each account, and waits for that', async () => {
  await using server = await startDnsServer([]);
  const { host, solver } = await openSolver(server.address);
  await using _ = host;
  const two = challengeOf('https://ca.example/acct/1');
  await solver.present(ONE, signal);
  await solver.present(two, signal);
  const [value = ''] = await host.values(RECORD);
  expect(await host.values('_acme-challenge.example.com')).toEqual([]);

  server.records.push({ name: RECORD, type: 'TXT', value });
  await solver.awaitVisible([ONE], () => {}, signal);
  const waiting = solver.awaitVisible([two], () => {}, signal);
  await expect(waiting).rejects.toMatchObject({ code: 'challenge/not-ready' });

  await solver.cleanUp(two, signal);
  expect(await host.values(RECORD)).toEqual([value]);
});

it('refuses an IP address', async () => {
  const { host, solver } = await openSolver('127.0.0.1');
  await using _ = host;
  const challenge = { ...ONE, name: parseName('192.0.2.1') };
  await expect(solver.present(challenge, signal)).rejects.toMatchObject({
    code: 'name/address-needs-connection',
  });
});

function challengeOf(accountUrl: string): Challenge {
  const answer = { token: 'token', keyAuthorization: 'token.thumbprint', accountUrl };
  return { type: 'dns-account-01', name: parseName('example.com'), ...answer };
}
