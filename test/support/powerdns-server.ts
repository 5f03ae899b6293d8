/**
 * A PowerDNS Authoritative Server with its API on loopback ports and zones in SQLite.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { askForTxt } from './bind-server.ts';
import { freePorts } from './free-port.ts';
import { startProgram } from './program.ts';
import { openTempDir } from './temp-dir.ts';

export interface PowerDnsServer extends AsyncDisposable {
  /** Of the API. */
  readonly url: string;
  readonly apiKey: string;
  /** `127.0.0.1:port`, for questions. */
  readonly address: string;
  txtValues(name: string): Promise<string[]>;
}

const SCHEMA = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql';

/** Fails when there is no PowerDNS: Debian's packages are `pdns-server` and `pdns-backend-sqlite3`. */
export async function startPowerDns(zones: readonly string[]): Promise<PowerDnsServer> {
  const directory = await openTempDir();
  const [dnsPort, apiPort] = await freePorts(2);
  const apiKey = 'key-of-a-test';
  const database = new Database(directory.file('pdns.sqlite3'));
  database.exec(await readFile(SCHEMA, 'utf8'));
  database.close();
  const settings = {
    launch: 'gsqlite3',
    'gsqlite3-database': directory.file('pdns.sqlite3'),
    'local-address': '127.0.0.1',
    'local-port': dnsPort,
    'socket-dir': directory.path,
    daemon: 'no',
    guardian: 'no',
    api: 'yes',
    'api-key': apiKey,
    'webserver-address': '127.0.0.1',
    'webserver-port': apiPort,
    // Answers are remembered for seconds otherwise.
    'cache-ttl': 0,
    'query-cache-ttl': 0,
    'negquery-cache-ttl': 0,
    'zone-cache-refresh-interval': 0,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(directory.file('pdns.conf'), lines.join(''));
  const server = await startProgram('/usr/sbin/pdns_server', [`--config-dir=${directory.path}`]);
  await server.waitForLine(/ready to distribute questions/);
  const url = `http://127.0.0.1:${apiPort}`;
  for (const zone of zones) await createZone(url, apiKey, zone);
  return {
    url,
    apiKey,
    address: `127.0.0.1:${dnsPort}`,
    txtValues: (name) => askForTxt(`127.0.0.1:${dnsPort}`, name),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function createZone(url: string, apiKey: string, zone: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/servers/localhost/zones`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `${zone}.`, kind: 'Master', nameservers: ['ns.invalid.'] }),
  });
  if (!response.ok) throw new Error(`PowerDNS made no zone ${zone}: ${await response.text()}`);
}
