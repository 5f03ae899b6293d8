/**
 * Lets the CA look at an answer, and waits for its judgement whatever happens to single requests.
 *
 * While the CA may be looking the answer has to stay: taken away for a lost response, it would turn
 * into a failed validation, and the order would be lost with it.
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
import type { Authorization } from '../../acme/authorization.ts';
import { SECOND_MS } from '../../core/clock.ts';
import { AppError, isAbort } from '../../core/errors.ts';
import type { ChosenChallenge } from './choose-challenges.ts';
import { mayHaveArrived } from './may-have-arrived.ts';

type Asked = Pick<ChosenChallenge, 'authorization' | 'url' | 'isUnderWay'>;

const MOST_RESPONSES = 4;
const MOST_FAILED_LOOKS = 5;
/** After this without news the CA has probably not heard that it is to look. */
const NEWS_WITHIN_MS = 5 * SECOND_MS;

/**
 * @returns the authorization once it is no longer `pending`.
 * @throws what the CA answered when it certainly does not look now.
 */
export async function validateAuthorization(
  account: AccountHandle,
  challenge: Asked,
  signal: AbortSignal,
): Promise<Authorization> {
  const { authorization: from, isUnderWay } = challenge;
  const judged = isUnderWay ? undefined : await respond(account, challenge, signal);
  if (judged !== undefined) return judged;
  return account.pollAuthorization(from.url, { from, mostFailures: MOST_FAILED_LOOKS }, signal);
}

/** Asks the CA to look, until it has heard it or, as it turns out, has judged already. */
async function respond(
  account: AccountHandle,
  { authorization, url }: Asked,
  signal: AbortSignal,
): Promise<Authorization | undefined> {
  let mayBeUnderWay = false;
  for (let tries = 1; ; tries += 1) {
    try {
      await account.respond(url, signal);
      return undefined;
    } catch (thrown) {
      if (isAbort(thrown, signal) || !(thrown instanceof AppError)) throw thrown;
      // What was asked for before is refused by a CA that looks already, or has judged.
      if (mayBeUnderWay && thrown.code === 'acme/rejected') return undefined;
      mayBeUnderWay ||= mayHaveArrived(thrown);
      const judged = await judgedMeanwhile(account, authorization, thrown, signal);
      if (judged !== undefined) return judged;
      if (!mayHaveArrived(thrown) || tries === MOST_RESPONSES) throw thrown;
    }
  }
}

/** The authorization if it was judged although the request to do so has failed. */
async function judgedMeanwhile(
  account: AccountHandle,
  { url }: Authorization,
  error: AppError,
  signal: AbortSignal,
): Promise<Authorization | undefined> {
  if (error.code === 'acme/rate-limited') return undefined;
  try {
    if (mayHaveArrived(error)) {
      const patience = { timeoutMs: NEWS_WITHIN_MS, mostFailures: MOST_FAILED_LOOKS };
      return await account.pollAuthorization(url, patience, signal);
    }
    // An order that is gone on with can have been judged just before: it refuses to be again.
    const seen = await account.fetchAuthorization(url, signal);
    return seen.status === 'pending' ? undefined : seen;
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    // A refusal ends the order; that it was judged before is not ruled out yet.
    const isUnknown = !mayHaveArrived(error) && mayHaveArrived(thrown);
    if (isUnknown) throw thrown;
    return undefined;
  }
}
