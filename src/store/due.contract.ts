/**
 * What every store finds due, and in which order.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { at, sampleCertificate, sampleIssuance, sampleSecret } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeDue(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: what is due`, () => {
    it('finds what is due by time left, what has no certificate first', async () => {
      await using harness = await open();
      const { certificates, issuances } = harness.store;
      const lives = { long: at(9000), none: undefined, short: at(100), over: at(-100) };
      for (const [id, notAfter] of Object.entries(lives)) {
        const certificate = sampleCertificate(id, undefined, { nextActionAt: at(5) });
        await certificates.insert(certificate);
        if (notAfter === undefined) continue;
        await issuances.record({
          issuance: sampleIssuance(`issuance-${id}`, id, { notAfter }),
          secret: sampleSecret(`key-issuance-${id}`),
          certificate: { ...certificate, issuanceId: `issuance-${id}` },
        });
      }
      const due = async (limit: number): Promise<string[]> =>
        (await certificates.due(at(5), limit)).map(({ id }) => id);
      expect(await due(10)).toStrictEqual(['none', 'over', 'short', 'long']);
      expect(await due(2)).toStrictEqual(['none', 'over']);
      const renewed = await certificates.find('over');
      if (renewed === undefined) throw new Error('the certificate is gone');
      await issuances.record({
        issuance: sampleIssuance('issuance-new', 'over', { notAfter: at(9001) }),
        secret: sampleSecret('key-issuance-new'),
        certificate: { ...renewed, issuanceId: 'issuance-new' },
      });
      expect(await due(10)).toStrictEqual(['none', 'short', 'long', 'over']);
    });

    it('counts as due what was scheduled by a clock that has been set back', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      const [yesterday, now, day] = [at(-86_400), at(0), 86_400];
      const later = { nextActionAt: at(9 * day) };
      await certificates.insert(
        sampleCertificate('sound', undefined, { ...later, updatedAt: now }),
      );
      const ahead = { ...later, updatedAt: at(day) };
      await certificates.insert(sampleCertificate('ahead', undefined, ahead));
      await certificates.insert(sampleCertificate('never', undefined, { updatedAt: at(day) }));
      const due = async (instant: Date): Promise<string[]> =>
        (await certificates.due(instant, 10)).map(({ id }) => id);
      expect(await due(now)).toStrictEqual(['ahead']);
      expect(await due(at(day))).toStrictEqual([]);
      expect(await due(yesterday)).toStrictEqual(['ahead', 'sound']);
      expect(await certificates.due(yesterday, 1)).toHaveLength(1);
    });

    it('finds what is due at the same time by when it fell due', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      await certificates.insert(sampleCertificate('never'));
      for (const [id, seconds] of Object.entries({ third: 30, first: 10, second: 20, later: 31 })) {
        await certificates.insert(sampleCertificate(id, undefined, { nextActionAt: at(seconds) }));
      }
      const due = async (limit: number): Promise<string[]> =>
        (await certificates.due(at(30), limit)).map(({ id }) => id);
      expect(await due(10)).toStrictEqual(['first', 'second', 'third']);
      expect(await due(2)).toStrictEqual(['first', 'second']);
      expect(await certificates.due(at(9), 10)).toStrictEqual([]);
      expect(await certificates.earliestActionAt()).toStrictEqual(at(10));
    });
  });
}
