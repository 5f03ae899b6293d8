import { describe, expect, it } from 'vitest';
import { type Answers, openCa, problem } from '../../../test/support/scripted-ca.ts';
import type { ScriptedAnswer } from '../../../test/support/https-server.ts';
import type { Authorization } from '../../acme/authorization.ts';
import { validateAuthorization } from './validate-authorization.ts';

const { signal } = new AbortController();

/** Answers by turns, the last one for ever. */
function byTurns(answers: readonly (ScriptedAnswer | 'cut')[]): Answers[string] {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)] ?? 'cut';
}

function validate(
  challenges: readonly (ScriptedAnswer | 'cut')[],
  looks: readonly ScriptedAnswer[],
) {
  return openCa({ '/challenge/1': byTurns(challenges), '/authorization/1': byTurns(looks) });
}

function authorization(status: string): ScriptedAnswer {
  const identifier = { type: 'dns', value: 'a.example' };
  return { body: { status, identifier, challenges: [] } };
}

const REFUSAL = problem(400, 'malformed');
const BUSY: ScriptedAnswer = { status: 503, headers: { 'retry-after': '60' } };

async function run(ca: Awaited<ReturnType<typeof validate>>): Promise<Authorization> {
  const url = ca.url('/authorization/1');
  const pending = await ca.account.fetchAuthorization(url);
  const challenge = {
    authorization: pending,
    url: ca.url('/challenge/1'),
    isUnderWay: false,
  };
  return validateAuthorization(ca.account, challenge, signal);
}

describe('validateAuthorization', () => {
  it('waits on when the CA refuses what it was asked before an answer was lost', async () => {
    const pendings = Array.from({ length: 12 }, () => authorization('pending'));
    await using ca = await validate(['cut', REFUSAL], [...pendings, BUSY, authorization('valid')]);
    expect(await run(ca)).toMatchObject({ status: 'valid' });
    expect(ca.count('/challenge/1')).toBe(2);
  });

  it('says that the CA is busy, not that it refuses, while it may have judged before', async () => {
    await using ca = await validate([REFUSAL], [authorization('pending'), BUSY]);
    await expect(run(ca)).rejects.toMatchObject({ code: 'acme/server-error' });
  });

  it('ends with the refusal of an answer that was never asked for', async () => {
    await using ca = await validate([REFUSAL], [authorization('pending')]);
    await expect(run(ca)).rejects.toMatchObject({ code: 'acme/rejected' });
  });
});
