/**
 * Wildcards by dns-01 with name servers that are no test servers of ours: the CA asks the very
 * servers to which certctl writes.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startBind } from '../support/bind-server.ts';
import { runCertctl } from '../support/certctl.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { startPowerDns } from '../support/powerdns-server.ts';
import { openTempDir } from '../support/temp-dir.ts';

const ZONES = ['example.com', 'app.example.com'];
const NAMES = ['example.com', '*.example.com', '*.app.example.com'];

interface NameServer extends AsyncDisposable {
  readonly address: string;
  txtValues(name: string): Promise<string[]>;
}

it('gets a wildcard and its base name by dynamic updates to BIND, and cleans up', async () => {
  await using bind = await startBind({ zones: ZONES, keyAlgorithm: 'hmac-sha512' });
  await verifyIssuance(bind, {
    provider: 'rfc2136',
    server: bind.address,
    keyName: bind.key.name,
    keyAlgorithm: 'hmac-sha512',
    keySecret: bind.key.secret,
  });
});

it('gets a wildcard and its base name by the API of PowerDNS, and cleans up', async () => {
  await using powerDns = await startPowerDns(ZONES);
  const { url, apiKey } = powerDns;
  await verifyIssuance(powerDns, { provider: 'powerdns', url, apiKey });
});

it('says that the name server refuses the key, and leaves no record', async () => {
  await using bind = await startBind({ zones: ZONES });
  await using ca = await Pebble.start({ nameServer: bind.address });
  const keySecret = Buffer.alloc(32, 'another').toString('base64');
  const issued = await issue(ca, bind, {
    provider: 'rfc2136',
    server: bind.address,
    keyName: bind.key.name,
    keySecret,
  });
  expect(issued.status).toBe(77);
  expect(issued.stderr).toContain('DNS credential main: cannot look for the zone of');
  expect(issued.stderr).toContain('says that the signature is wrong');
  expect(issued.stderr).toMatch(/mend: Give name, algorithm and secret/);
  expect(issued.stdout + issued.stderr).not.toContain(keySecret);
});

async function verifyIssuance(server: NameServer, credential: object): Promise<void> {
  await using ca = await Pebble.start({ nameServer: server.address, reuseAuthorizations: 0 });
  const issued = await issue(ca, server, credential);
  expect(issued).toMatchObject({ status: 0 });
  await verifyChain(issued.chain, (await ca.roots()).join(''));
  for (const zone of ZONES) expect(await server.txtValues(`_acme-challenge.${zone}`)).toEqual([]);
}

async function issue(ca: Pebble, { address }: NameServer, credential: object) {
  await using dir = await openTempDir();
  const config = dir.file('certctl.yaml');
  const issuer = {
    type: 'acme',
    directory: ca.directoryUrl,
    caBundle: ca.caBundle,
    acceptTerms: true,
  };
  const file = {
    dataDir: dir.file('data'),
    issuers: { pebble: issuer },
    defaults: { issuer: 'pebble', challenge: 'dns-01' },
    preflight: { resolvers: [address] },
    dns: { main: { ...credential, propagation: { resolvers: [address] } } },
  };
  await writeFile(config, JSON.stringify(file));
  const issued = await runCertctl(['issue', ...NAMES, '--config', config]);
  const exported = await runCertctl(['export', NAMES[0] ?? '', '--config', config]);
  return { ...issued, chain: exported.stdout };
}
