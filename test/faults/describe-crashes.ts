/**
 * Stopping the process after every step of an issue (docs/issuance-cycle.md).
 *
 * @module
 */
import { afterAll, describe, expect, it } from 'vitest';
import { isByDns } from '../../src/challenges/methods.ts';
import type { ChallengeType } from '../../src/core/certificate-spec.ts';
import type { CutWhen, Endpoint } from '../support/fault-proxy.ts';
import { KILLED, expectGoesOn, killAt, killedAfter, listWrites, openScene } from './crash.ts';

/** What one issue asks that nobody has asked before, in its order; reading changes nothing. */
const REQUESTS: readonly (readonly [Endpoint, CutWhen])[] = [
  ['directory', 'before'],
  ['newNonce', 'before'],
  ['newAccount', 'before'],
  ['newAccount', 'after'],
  ['newOrder', 'before'],
  ['newOrder', 'after'],
  ['authorization', 'before'],
  ['challenge', 'before'],
  ['challenge', 'after'],
  ['order', 'before'],
  ['finalize', 'before'],
  ['finalize', 'after'],
  ['certificate', 'before'],
  ['renewalInfo', 'before'],
];

export async function describeCrashes(challenge: ChallengeType): Promise<void> {
  const scene = await openScene(challenge);
  afterAll(() => scene[Symbol.asyncDispose]());
  const writes = await listWrites(scene);

  describe(`an issue by ${challenge} that is killed`, () => {
    it.each(writes.map((write, index) => [index + 1, write] as const))(
      'after write %i (%s) goes on with the same order and key',
      async (nth) => {
        await using place = await scene.openPlace();
        expect(await place.issue(killedAfter(nth, place.writesFile))).toMatchObject(KILLED);
        await expectGoesOn(scene, place);
      },
    );

    it.each(REQUESTS)(
      'at the request to %s, %s the CA has worked on it, goes on with the same order and key',
      async (endpoint, when) => {
        await using place = await scene.openPlace();
        // Only a process that is there can answer: it dies when the CA has looked.
        const untilThen = endpoint === 'challenge' ? () => scene.untilJudged() : undefined;
        expect(await killAt(scene, place, endpoint, when, untilThen)).toMatchObject(KILLED);
        await expectGoesOn(scene, place);
      },
    );

    it.runIf(!isByDns(challenge))(
      'while the CA looks for its answer is the one case that costs an order',
      async () => {
        await using place = await scene.openPlace();
        expect(await killAt(scene, place, 'challenge', 'orphaned')).toMatchObject(KILLED);
        await scene.untilJudged();
        const second = await place.issue();
        expect(second, second.stderr).toMatchObject({ status: 0 });
        expect(scene.proxy.at('newOrder', place.name)).toHaveLength(2);
      },
    );
  });
}
