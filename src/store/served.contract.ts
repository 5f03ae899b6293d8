/**
 * What every store promises about faults of the self-check.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Name } from '../core/names.ts';
import { at, sampleCertificate } from './sample-records.contract.ts';
import type { ServedFault } from './served.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeServed(adapter: string, open: () => Promise<StoreHarness>): void {
  const mismatch: ServedFault = {
    certificateId: 'one',
    name: 'one.example.com' as Name,
    address: '127.0.0.1:443',
    kind: 'mismatch',
    message: 'another certificate is served',
    serial: '02',
    servedSerial: '01',
    since: at(1),
    seenAt: at(1),
  };

  describe(`${adapter}: what is served`, () => {
    it('keeps since when, and tells a fault once until it is another one', async () => {
      await using harness = await open();
      const { certificates, served, events } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      await served.report(mismatch);
      await served.report({ ...mismatch, since: at(9), seenAt: at(9) });
      expect(await served.list()).toStrictEqual([{ ...mismatch, seenAt: at(9) }]);
      const { servedSerial: _none, ...rest } = mismatch;
      const refused: ServedFault = { ...rest, kind: 'not-served', message: 'refused' };
      await served.report({ ...refused, since: at(20), seenAt: at(20) });
      expect(await served.list('one')).toStrictEqual([
        { ...refused, since: at(1), seenAt: at(20) },
      ]);
      expect(await served.count()).toBe(1);
      for (let times = 0; times < 2; times += 1) await served.clear('one', mismatch.name);
      expect(await served.list()).toStrictEqual([]);
      const told = (await events.after(0, 10)).map(({ type, data }) => [type, data]);
      expect(told).toStrictEqual([
        [
          'certificate.served_mismatch.v1',
          { address: '127.0.0.1:443', serial: '02', servedSerial: '01' },
        ],
        [
          'certificate.not_served.v1',
          { address: '127.0.0.1:443', serial: '02', reason: 'refused' },
        ],
        ['certificate.served_again.v1', { address: '127.0.0.1:443' }],
      ]);
    });

    it('forgets what nobody asks for any more, and certificates that are gone', async () => {
      await using harness = await open();
      const { certificates, served } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const other = { ...mismatch, name: 'two.example.com' as Name, seenAt: at(50) };
      for (const fault of [mismatch, other]) await served.report(fault);
      await served.forget(at(40));
      expect(await served.list()).toStrictEqual([other]);
      await certificates.remove('one');
      await served.report(mismatch);
      expect(await served.count()).toBe(0);
    });
  });
}
