/**
 * What every store promises about deployments.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { DeploymentRecord } from './deployments.ts';
import { at, sampleCertificate } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeDeployments(adapter: string, open: () => Promise<StoreHarness>): void {
  const deployed: DeploymentRecord = {
    certificateId: 'one',
    target: 'web',
    deployed: { issuanceId: 'i1', settingsDigest: 'd', message: 'wrote it', at: at(1) },
  };
  const failing: DeploymentRecord = {
    certificateId: 'one',
    target: 'proxy',
    failure: {
      count: 2,
      issuanceId: 'i1',
      error: { code: 'target/failed', message: 'no' },
      at: at(2),
      retryAt: at(60),
    },
  };

  describe(`${adapter}: deployments`, () => {
    it('keeps one for each certificate and target', async () => {
      await using harness = await open();
      const { certificates, deployments } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      for (const record of [deployed, failing]) await deployments.save(record);
      expect(await deployments.find('one', 'web')).toStrictEqual(deployed);
      expect(await deployments.ofCertificate('one')).toStrictEqual([failing, deployed]);
      const both = { ...failing, ...deployed };
      await deployments.save(both);
      expect(await deployments.list()).toStrictEqual([failing, both]);
      await deployments.remove('one', 'web');
      await deployments.remove('one', 'web');
      expect(await deployments.list()).toStrictEqual([failing]);
    });

    it('knows what is to be tried again', async () => {
      await using harness = await open();
      const { certificates, deployments } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      for (const record of [deployed, failing]) await deployments.save(record);
      expect(await deployments.retriesDue(at(59), 10)).toStrictEqual([]);
      expect(await deployments.earliestRetryAt(at(59))).toStrictEqual(at(60));
      expect(await deployments.retriesDue(at(60), 10)).toStrictEqual([failing]);
      expect(await deployments.earliestRetryAt(at(60))).toBeUndefined();
    });

    it('forgets those of a certificate that is removed, and takes none afterwards', async () => {
      await using harness = await open();
      const { certificates, deployments } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      await deployments.save(deployed);
      await certificates.remove('one');
      await deployments.save(failing);
      expect(await deployments.list()).toStrictEqual([]);
    });
  });
}
