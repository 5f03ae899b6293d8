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
import { openTempDir, type TempDir } from './temp-dir.ts';

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
  /** Zones that nobody may change, with their records in the form of a zone file. */
  readonly fixedZones?: Readonly<Record<string, readonly string[]>>;
  /** Records of all zones. */
  readonly records?: readonly string[];
}

export interface BindSecondaryOptions {
  readonly primary: Pick<BindServer, 'port'>;
  readonly zones: readonly string[];
  /** How long changes may stay unnoticed: the primary tells nobody of them. */
  readonly lagSeconds: number;
}

/** Fails when there is no `named`: Debian's package is `bind9`. */
export async function startBind({
  zones,
  keyAlgorithm = 'hmac-sha256',
  policy = 'grant certctl zonesub TXT;',
  fixedZones = {},
  records = [],
}: BindOptions): Promise<BindServer> {
  const directory = await openTempDir();
  const key = { name: 'certctl', secret: randomBytes(32).toString('base64') };
  for (const zone of zones) await writeFile(directory.file(zone), zoneFile(records));
  for (const [zone, fixed] of Object.entries(fixedZones)) {
    await writeFile(directory.file(zone), zoneFile([...records, ...fixed]));
  }
  const running = await runNamed(
    directory,
    `key "${key.name}" { algorithm ${keyAlgorithm}; secret "${key.secret}"; };
${zones.map((zone) => zoneStatement(zone, `update-policy { ${policy} };`)).join('\n')}
${Object.keys(fixedZones)
  .map((zone) => zoneStatement(zone, ''))
  .join('\n')}
`,
  );
  return { ...running, key };
}

/** Another authoritative server for the zones of `primary`, with all of them already. */
export async function startBindSecondary({
  primary,
  zones,
  lagSeconds,
}: BindSecondaryOptions): Promise<Omit<BindServer, 'key'>> {
  const directory = await openTempDir();
  const times = ['min-refresh', 'max-refresh', 'min-retry', 'max-retry'];
  const refresh = times.map((time) => `${time}-time ${lagSeconds};`).join(' ');
  const statements = zones.map(
    (zone) =>
      `zone "${zone}" { type secondary; file "${zone}"; primaries { 127.0.0.1 port ${primary.port}; }; ${refresh} };`,
  );
  const running = await runNamed(directory, statements.join('\n'));
  for (const zone of zones) {
    await running.server.waitForLine(
      new RegExp(`transfer of '${zone}/IN'.*Transfer status: success`),
    );
  }
  return running;
}

/**
 * A resolver as CAs have them: it follows CNAME records from zone to zone, and remembers for a
 * minute what is not there. It asks the server at the port that `zones` has.
 */
export async function startBindRecursor(
  zones: Readonly<Record<string, number>>,
): Promise<Omit<BindServer, 'key'>> {
  const directory = await openTempDir();
  const statements = Object.entries(zones).map(
    ([zone, port]) =>
      `zone "${zone}" { type forward; forward only; forwarders { 127.0.0.1 port ${port}; }; };`,
  );
  return runNamed(directory, statements.join('\n'), 'recursion yes; max-cache-ttl 1;');
}

async function runNamed(directory: TempDir, statements: string, options = 'recursion no;') {
  const port = await freePort();
  const configuration = directory.file('named.conf');
  await writeFile(
    configuration,
    `options {
  directory "${directory.path}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  ${options} dnssec-validation no; notify no; allow-transfer { 127.0.0.1; };
};
controls { };
${statements}
`,
  );
  const server = await startProgram('/usr/sbin/named', ['-g', '-n', '1', '-c', configuration]);
  await server.waitForLine(/ running$/);
  return {
    server,
    port,
    address: `127.0.0.1:${port}`,
    txtValues: (name: string) => askForTxt(`127.0.0.1:${port}`, name),
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

function zoneStatement(zone: string, more: string): string {
  return `zone "${zone}" { type primary; file "${zone}"; ${more} };`;
}

function zoneFile(records: readonly string[]): string {
  return `$TTL 60
@ IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60
@ IN NS ns.invalid.
${records.join('\n')}
`;
}
