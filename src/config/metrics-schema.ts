/**
 * The keys of a configuration file for metrics, and what they mean.
 *
 * @module
 */
import { z } from 'zod';
import { type MetricsSettings, PER_CERTIFICATE } from '../lifecycle/metrics/certificate-metrics.ts';
import { count } from './file-leaves.ts';

/** A page of 50 MiB. */
const MOST = 100_000;
const USUAL: MetricsSettings = { perCertificate: 'all', mostCertificates: 1_000 };

export const metrics = z.strictObject({
  perCertificate: z
    .enum(PER_CERTIFICATE)
    .optional()
    .describe('Which certificates have series of their own: all, failing or off. Usually all.'),
  mostCertificates: count(1, MOST, `must be a whole number from 1 to ${MOST}`)
    .optional()
    .describe('How many at most: those that fail, then those that end first. Usually 1000.'),
});

export function resolveMetrics(file: z.output<typeof metrics> = {}): MetricsSettings {
  return {
    perCertificate: file.perCertificate ?? USUAL.perCertificate,
    mostCertificates: file.mostCertificates ?? USUAL.mostCertificates,
  };
}
