/**
 * Answers to challenges that another process on the same data directory has put in place: the CA
 * may reach any of them, as where several share one port.
 *
 * @module
 */
import { createAnswerCertificates } from '../challenges/answer-certificates.ts';
import type { Challenge } from '../challenges/solver.ts';
import type { AnswerQuery, ChallengeAnswer } from '../feed/feed.ts';
import type { Store } from '../store/store.ts';

export type FindAnswer = (query: AnswerQuery) => Promise<ChallengeAnswer | undefined>;

export function createStoredAnswers(
  store: Pick<Store, 'foreignChanges'> & { readonly orders: Pick<Store['orders'], 'unfinished'> },
): FindAnswer {
  const certificates = createAnswerCertificates();
  let seen: number | undefined;
  let reading: Promise<readonly Challenge[]> = Promise.resolve([]);

  /** Read again only after a foreign commit: anybody may ask for tokens. */
  async function answers(): Promise<readonly Challenge[]> {
    const changes = await store.foreignChanges();
    if (changes !== seen) {
      seen = changes;
      reading = store.orders
        .unfinished()
        .then((orders) => orders.flatMap((order) => order.answers));
      reading.catch(() => (seen = undefined));
    }
    return reading;
  }

  return async (query) => {
    const all = (await answers()).filter(({ type }) => type === query.type);
    if (query.type === 'http-01') {
      const found = all.find(({ token }) => token === query.token);
      return found && { type: 'http-01', keyAuthorization: found.keyAuthorization };
    }
    const found = all.findLast(({ name }) => name === query.name);
    return found && { type: 'tls-alpn-01', ...(await certificates.certificateFor(found)) };
  };
}
