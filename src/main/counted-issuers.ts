/**
 * The CAs whose limits count here: those that have given us an account.
 *
 * @module
 */
import { z } from 'zod';
import { caLimitsSchema } from '../issuers/ca-limits.ts';
import type { IssuerSettings } from '../issuers/issuer-settings.ts';
import type { CountedIssuer } from '../issuers/issuer.ts';
import type { Store } from '../store/store.ts';

/** Of what an issuer may have sealed nothing is needed. */
const counted = z.object({ directory: z.string(), limits: caLimitsSchema.optional() });

export async function countedIssuers(
  { accounts, issuers }: Pick<Store, 'accounts' | 'issuers'>,
  configured: Readonly<Record<string, IssuerSettings>>,
): Promise<CountedIssuer[]> {
  const stored = await issuers.list();
  const known = [...Object.values(configured), ...stored.map(({ settings }) => settings)].flatMap(
    (settings) => counted.safeParse(settings).data ?? [],
  );
  return (await accounts.list()).map(({ directoryUrl }) => ({
    directoryUrl,
    limits: known.find(({ directory }) => directory === directoryUrl)?.limits ?? {},
  }));
}
