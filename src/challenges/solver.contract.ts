/**
 * What every solver must do, as a test suite that each adapter passes.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Name } from '../core/names.ts';
import type { Challenge, Solver } from './solver.ts';

export interface SolverHarness extends AsyncDisposable {
  readonly solver: Solver;
  /**
   * Whether the CA would accept `challenge` at this moment, seen from outside. Of two answers to
   * one name it may see only the newest.
   */
  isVisible(challenge: Challenge): Promise<boolean>;
}

export interface SolverSubject {
  readonly title: string;
  /** What every challenge has beside token and key authorization. */
  readonly more?: Partial<Challenge>;
  /** The proof is there before, and after: presenting and cleaning up change nothing. */
  readonly isStanding?: boolean;
  open(): Promise<SolverHarness>;
}

export function describeSolver(subject: SolverSubject): void {
  describe(`the solver ${subject.title}`, () => {
    const { signal } = new AbortController();
    let harness: SolverHarness;
    let solver: Solver;
    let one: Challenge;
    let two: Challenge;
    const { isStanding: isThere = false } = subject;

    beforeEach(async () => {
      harness = await subject.open();
      ({ solver } = harness);
      one = { ...challengeOf(solver, 'token-of-the-first-order-0123456789'), ...subject.more };
      two = { ...challengeOf(solver, 'token-of-the-second-order-012345678'), ...subject.more };
    });
    afterEach(async () => {
      await solver.close();
      await harness[Symbol.asyncDispose]();
    });

    const areVisible = async (...challenges: Challenge[]): Promise<boolean[]> => {
      const seen: boolean[] = [];
      for (const challenge of challenges) seen.push(await harness.isVisible(challenge));
      return seen;
    };

    it('makes an answer visible and takes it away', async () => {
      await solver.present(one, signal);
      await solver.awaitVisible([one], () => {}, signal);
      expect(await areVisible(one)).toEqual([true]);
      await solver.cleanUp(one, signal);
      expect(await areVisible(one)).toEqual([isThere]);
    });

    it('needs one clean-up for an answer that was presented twice', async () => {
      await solver.present(one, signal);
      await solver.present({ ...one }, signal);
      expect(await areVisible(one)).toEqual([true]);
      await solver.cleanUp({ ...one }, signal);
      expect(await areVisible(one)).toEqual([isThere]);
    });

    it('cleans up an answer that was never presented', async () => {
      await expect(solver.cleanUp(one, signal)).resolves.toBeUndefined();
    });

    it.each([
      ['older', 0, [isThere, true]],
      ['newer', 1, [true, isThere]],
    ])('takes away the %s of two answers for one name', async (_title, gone, left) => {
      await solver.present(one, signal);
      await solver.present(two, signal);
      expect(await areVisible(two)).toEqual([true]);
      await solver.cleanUp(gone === 0 ? one : two, signal);
      expect(await areVisible(one, two)).toEqual(left);
    });

    it('shows nothing of an answer that is cancelled before', async () => {
      const reason = new Error('cancelled');
      await expect(solver.present(one, AbortSignal.abort(reason))).rejects.toBe(reason);
      await solver.present(two, signal);
      await solver.cleanUp(two, signal);
      expect(await areVisible(one)).toEqual([isThere]);
    });

    it('stops to wait when it is cancelled', async () => {
      await solver.present(one, signal);
      const reason = new Error('cancelled');
      const waiting = solver.awaitVisible([one], () => {}, AbortSignal.abort(reason));
      await expect(waiting).rejects.toBe(reason);
    });

    it('can be closed twice', async () => {
      await solver.present(one, signal);
      await solver.cleanUp(one, signal);
      await solver.close();
      await expect(solver.close()).resolves.toBeUndefined();
    });
  });
}

function challengeOf({ type }: Solver, token: string): Challenge {
  return {
    type,
    name: 'app.example.com' as Name,
    token,
    keyAuthorization: `${token}.thumbprint-of-the-account-key`,
  };
}
