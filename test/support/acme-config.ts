/**
 * A configuration whose CA is a Pebble, and whose DNS is the one that this Pebble asks.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import type { Pebble } from './pebble.ts';
import type { TempDir } from './temp-dir.ts';

export type ConfiguredCa = Pick<Pebble, 'directoryUrl' | 'caBundle' | 'dns' | 'dnsAddress'>;

const EXECUTABLE = 0o700;

/** Adds and removes by the CA's DNS; removing takes the name's whole set, which is enough here. */
function hookScript(managementUrl: string): string {
  return `#!/bin/sh
set -e
case "$1" in
  add) exec curl -fsS -d "{\\"host\\":\\"$2.\\",\\"value\\":\\"$3\\"}" ${managementUrl}/set-txt ;;
  remove) exec curl -fsS -d "{\\"host\\":\\"$2.\\"}" ${managementUrl}/clear-txt ;;
esac
`;
}

/**
 * Writes `certctl.yaml` with `more` appended, and returns its path. `issuer` are further settings of
 * the CA.
 */
export async function writeAcmeConfig(
  dir: TempDir,
  ca: ConfiguredCa,
  more = '',
  issuer: object = {},
): Promise<string> {
  const hook = dir.file('dns-hook.sh');
  await writeFile(hook, hookScript(ca.dns.managementUrl), { mode: EXECUTABLE });
  const path = dir.file('certctl.yaml');
  await writeFile(
    path,
    `dataDir: ${dir.file('data')}
issuers:
  pebble: ${JSON.stringify({ type: 'acme', directory: ca.directoryUrl, caBundle: ca.caBundle, acceptTerms: true, ...issuer })}
defaults: { issuer: pebble }
preflight: { resolvers: ["${ca.dnsAddress}"] }
dns:
  hook: { provider: exec, program: ${hook}, propagation: { resolvers: ["${ca.dnsAddress}"] } }
${more}`,
  );
  return path;
}
