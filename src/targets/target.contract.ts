/**
 * What every target promises.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { AppError } from '../core/errors.ts';
import { privateKeyToPem } from '../pki/keys.ts';
import type { Delivery, Target } from './target.ts';

export interface TargetHarness extends AsyncDisposable {
  readonly target: Target;
  /** What whoever uses the target finds there. */
  received(): Promise<{ chainPem: string; keyPem: string } | undefined>;
  /** From now on nothing can be brought there. */
  breakIt(): Promise<void>;
}

export interface TargetSuite {
  readonly title: string;
  readonly open: () => Promise<TargetHarness>;
  readonly createDelivery: () => Promise<
    Delivery & { readonly privateKey: NonNullable<Delivery['privateKey']> }
  >;
}

export function describeTarget({ title, open, createDelivery }: TargetSuite): void {
  const { signal } = new AbortController();

  describe(`${title}: a target`, () => {
    it('has what was brought, also the second time and after a renewal', async () => {
      await using harness = await open();
      const [first, second] = [await createDelivery(), await createDelivery()];
      for (const delivery of [first, first, second]) {
        expect(await harness.target.deliver(delivery, signal)).toMatch(/\w/);
        expect(await harness.received()).toStrictEqual({
          chainPem: delivery.chainPem,
          keyPem: privateKeyToPem(delivery.privateKey),
        });
      }
    });

    it('has what it had when a delivery fails, and says nothing of the key', async () => {
      await using harness = await open();
      const [first, second] = [await createDelivery(), await createDelivery()];
      await harness.target.deliver(first, signal);
      const before = await harness.received();
      await harness.breakIt();
      const error = await harness.target.deliver(second, signal).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AppError);
      const { code, message, mend, context } = error as AppError;
      expect(['target/unavailable', 'target/failed', 'file/unwritable']).toContain(code);
      expect(mend).toMatch(/^[A-Z].*\.$/s);
      const said = JSON.stringify([message, mend, context]);
      for (const line of privateKeyToPem(second.privateKey).split('\n').slice(1, -2)) {
        expect(said).not.toContain(line);
      }
      expect(await harness.received()).toStrictEqual(before);
    });

    it('brings nothing after an abort', async () => {
      await using harness = await open();
      const reason = new Error('enough');
      const aborted = AbortSignal.abort(reason);
      await expect(harness.target.deliver(await createDelivery(), aborted)).rejects.toBe(reason);
      expect(await harness.received()).toBeUndefined();
    });
  });
}
