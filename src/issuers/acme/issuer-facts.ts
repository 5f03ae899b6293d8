/**
 * What an ACME CA says of itself, for checks before an order.
 *
 * @module
 */
import type { AcmeClient } from '../../acme/client.ts';
import type { AccountVault, IssuerFacts } from '../issuer.ts';

/** Asks for the directory, which any order needs anyway. */
export async function readIssuerFacts(
  client: AcmeClient,
  accountUrl: string | undefined,
  signal: AbortSignal,
): Promise<IssuerFacts> {
  const { caaIdentities } = (await client.directory(signal)).meta;
  const clockAheadMs = client.clockAheadMs();
  return {
    caaIdentities,
    ...(accountUrl === undefined ? {} : { accountUrl }),
    ...(clockAheadMs === undefined ? {} : { clockAheadMs }),
  };
}

export async function storedAccountUrl(
  vault: AccountVault,
  directoryUrl: string,
): Promise<string | undefined> {
  return (await vault.load(directoryUrl))?.url;
}
