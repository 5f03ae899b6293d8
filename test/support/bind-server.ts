/**
 * BIND 9 on a loopback port, with zones that a TSIG key may change.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import type { TsigAlgorithm } from '../../src/wire/tsig.ts';
import { freePort } from './free-port.ts';
import { startProgram } from './program.ts';
import { openTempDir } from './temp-dir.ts';

export interface BindServer extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly key: { readonly name: string; readonly secret: string };
  /** What the server itself answers. */
  txtValues(name: string): Promise<string[]>;
}

export interface BindOptions {
  readonly zones: readonly string[];
  readonly keyAlgorithm?: TsigAlgorithm;
  /** What the key may do in each zone. */
  readonly policy?: string;
}

/** Fails when there is no `named`: Debian's package is `bind9`. */
export async function startBind({
  zones,
  keyAlgorithm = 'hmac-sha256',
  policy = 'grant certctl zonesub TXT;',
}: BindOptions): Promise<BindServer> {
  const directory = await openTempDir();
  const port = await freePort();
  const key = { name: 'certctl', secret: randomBytes(32).toString('base64') };
  for (const zone of zones) await writeFile(directory.file(zone), zoneFile());
  const configuration = directory.file('named.conf');
  await writeFile(
    configuration,
    `options {
  directory "${directory.path}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no;
};
controls { };
key "${key.name}" { algorithm ${keyAlgorithm}; secret "${key.secret}"; };
${zones.map((zone) => zoneStatement(zone, policy)).join('\n')}
`,
  );
  const server = await startProgram('/usr/sbin/named', ['-g', '-n', '1', '-c', configuration]);
  await server.waitForLine(/ running$/);
  return {
    port,
    address: `127.0.0.1:${port}`,
    key,
    txtValues: (name) => askForTxt(`127.0.0.1:${port}`, name),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** The TXT values that the server at `address` has for `name`. */
export async function askForTxt(address: string, name: string): Promise<string[]> {
  const resolver = new Resolver();
  resolver.setServers([address]);
  try {
    return (await resolver.resolveTxt(name)).map((strings) => strings.join(''));
  } catch (thrown) {
    const { code } = thrown as { code?: string };
    if (NOTHING_THERE.has(code)) return [];
    throw thrown;
  }
}

/** The last one: the server has no such zone. */
const NOTHING_THERE: ReadonlySet<string | undefined> = new Set([
  'ENOTFOUND',
  'ENODATA',
  'EREFUSED',
]);

function zoneStatement(zone: string, policy: string): string {
  return `zone "${zone}" { type primary; file "${zone}"; update-policy { ${policy} }; };`;
}

function zoneFile(): string {
  return `$TTL 60
@ IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60
@ IN NS ns.invalid.
`;
}
