/**
 * Challenge records at real name servers: names of others, secondaries that lag, orders at once,
 * and what goes wrong with CNAME records.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import {
  type BindServer,
  startBind,
  startBindRecursor,
  startBindSecondary,
} from '../support/bind-server.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir, type TempDir } from '../support/temp-dir.ts';

const ZONE = 'validate.example.net';
const DOMAIN = 'app.customer.example';
/** See delegation.test.ts. */
const TARGET = `lmad7zczgs4y6ngxljhl4msevppt2x7f.${ZONE}`;

it('orders for a name that its owner delegated to us, and its wildcard', async () => {
  await using bind = await startBind({
    zones: [ZONE],
    fixedZones: {
      'customer.example': [
        `_acme-challenge.app IN CNAME alias`,
        `alias IN CNAME ${TARGET}.`,
        `_acme-challenge.wrong IN CNAME ${TARGET}.`,
      ],
    },
  });
  await using recursor = await startBindRecursor({
    'customer.example': bind.port,
    [ZONE]: bind.port,
  });
  await using ca = await Pebble.start({ nameServer: recursor.address, reuseAuthorizations: 0 });
  await using place = await openPlace(ca, bind, { delegation: { zone: ZONE, credential: 'main' } });

  const printed = await place.run('dns', 'delegate', `*.${DOMAIN}`, '--json');
  expect(JSON.parse(printed.stdout)).toMatchObject({
    zone: ZONE,
    record: { name: `_acme-challenge.${DOMAIN}`, type: 'CNAME', value: TARGET },
    state: 'set',
  });
  const issued = await place.run('issue', DOMAIN, `*.${DOMAIN}`);
  expect(issued).toMatchObject({ status: 0 });
  const { stdout: chain } = await place.run('export', DOMAIN);
  await verifyChain(chain, (await ca.roots()).join(''));
  expect(await bind.txtValues(TARGET)).toEqual([]);

  const doctor = await place.run('doctor', DOMAIN, 'wrong.customer.example', '--json');
  const findings = JSON.parse(doctor.stdout) as { check: string; subject: string }[];
  expect(findings.filter(({ check }) => check === 'delegation')).toMatchObject([
    { subject: `*.${DOMAIN}`, verdict: 'ok' },
    { subject: DOMAIN, verdict: 'ok' },
    { subject: 'wrong.customer.example', verdict: 'failure' },
  ]);
  const wrong = await place.run('issue', 'wrong.customer.example');
  expect(wrong.status).toBe(69);
  expect(wrong.stderr).toContain('which is not the target of wrong.customer.example');
  expect(await bind.txtValues(TARGET)).toEqual([]);
});

it('waits for a secondary that lags, which is the one that the CA asks', async () => {
  await using bind = await startBind({ zones: ['example.com'] });
  await using secondary = await startBindSecondary({
    primary: bind,
    zones: ['example.com'],
    lagSeconds: 10,
  });
  await using ca = await Pebble.start({ nameServer: secondary.address, reuseAuthorizations: 0 });
  await using place = await openPlace(ca, bind, {}, [bind.address, secondary.address]);
  const issued = await place.run('issue', 'example.com', '*.example.com');
  expect(issued).toMatchObject({ status: 0 });
  expect(issued.stderr).toContain(`${bind.address}: has it; ${secondary.address}: not yet`);
  expect(await bind.txtValues('_acme-challenge.example.com')).toEqual([]);
});

it('keeps the answers of two accounts apart that order one name at once', async () => {
  await using bind = await startBind({ zones: ['example.com'] });
  await using ca = await Pebble.start({ nameServer: bind.address, reuseAuthorizations: 0 });
  await using one = await openPlace(ca, bind);
  await using two = await openPlace(ca, bind);
  const issued = await Promise.all(
    [one, two].map((place) => place.run('issue', 'example.com', '*.example.com')),
  );
  expect(issued).toMatchObject([{ status: 0 }, { status: 0 }]);
  expect(await bind.txtValues('_acme-challenge.example.com')).toEqual([]);
});

it('names the circle of CNAME records, and the credential that has no zone for their end', async () => {
  await using bind = await startBind({
    zones: ['example.com'],
    fixedZones: {
      'customer.example': [
        '_acme-challenge.circle IN CNAME other',
        'other IN CNAME _acme-challenge.circle',
        '_acme-challenge.lost IN CNAME lost.nowhere.customer.example.',
      ],
    },
  });
  await using ca = await Pebble.start({ nameServer: bind.address });
  await using place = await openPlace(ca, bind);
  const circle = await place.run('issue', 'circle.customer.example');
  expect(circle.status).toBe(69);
  expect(circle.stderr).toContain('other.customer.example → _acme-challenge.circle');
  const lost = await place.run('issue', 'lost.customer.example');
  expect(lost.status).toBe(77);
  expect(lost.stderr).toMatch(/DNS credential main: .*lost\.nowhere\.customer\.example/);
});

it('tests a credential, and leaves nothing behind when it is interrupted', async () => {
  await using bind = await startBind({ zones: ['example.com'] });
  await using secondary = await startBindSecondary({
    primary: bind,
    zones: ['example.com'],
    lagSeconds: 10,
  });
  await using ca = await Pebble.start({ nameServer: bind.address });
  await using place = await openPlace(ca, bind, {}, [bind.address, secondary.address]);
  const interrupted = await place.start('dns', 'test', 'main', 'app.example.com');
  await interrupted.waitForLine(/: not yet/, 20_000);
  expect(await bind.txtValues('_acme-challenge.app.example.com')).toHaveLength(1);
  interrupted.kill('SIGINT');
  const { status, stderr } = await interrupted.exited;
  expect({ status, stderr }).toEqual({
    status: 130,
    stderr: expect.stringContaining('interrupted: the record is removed'),
  });
  expect(await bind.txtValues('_acme-challenge.app.example.com')).toEqual([]);

  const tested = await place.run('dns', 'test', 'main', 'app.example.com', '--json');
  expect(tested).toMatchObject({ status: 0 });
  const result = JSON.parse(tested.stdout) as { visibleMs: number; servers: unknown[] };
  expect(result).toMatchObject({
    credential: 'main',
    record: '_acme-challenge.app.example.com',
    writtenAt: '_acme-challenge.app.example.com',
    servers: [{ server: bind.address }, { server: secondary.address }],
  });
  expect(await bind.txtValues('_acme-challenge.app.example.com')).toEqual([]);

  const elsewhere = await place.run('dns', 'test', 'main', 'app.example.org');
  expect(elsewhere.status).toBe(78);
  expect(elsewhere.stderr).toMatch(
    /DNS credential main: no zone .* contains _acme-challenge\.app\.example\.org/,
  );
  const unknown = await place.run('dns', 'test', 'mian', 'app.example.com');
  expect(unknown.status).toBe(78);
  expect(unknown.stderr).toContain('Name one of: main.');
});

interface Place extends AsyncDisposable {
  readonly dir: TempDir;
  run(...args: string[]): ReturnType<typeof runCertctl>;
  start(...args: string[]): ReturnType<typeof startCertctl>;
}

async function openPlace(
  ca: Pebble,
  bind: BindServer,
  dns: object = {},
  resolvers: readonly string[] = [bind.address],
): Promise<Place> {
  const dir = await openTempDir();
  const config = dir.file('certctl.yaml');
  const pebble = {
    type: 'acme',
    directory: ca.directoryUrl,
    caBundle: ca.caBundle,
    acceptTerms: true,
  };
  const main = {
    provider: 'rfc2136',
    server: bind.address,
    keyName: bind.key.name,
    keySecret: bind.key.secret,
    propagation: { resolvers },
  };
  const file = {
    dataDir: dir.file('data'),
    issuers: { pebble },
    defaults: { issuer: 'pebble', challenge: 'dns-01' },
    preflight: { resolvers: [bind.address] },
    dns: { main, ...dns },
  };
  await writeFile(config, JSON.stringify(file));
  return {
    dir,
    run: (...args) => runCertctl([...args, '--config', config]),
    start: (...args) => startCertctl([...args, '--config', config]),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
