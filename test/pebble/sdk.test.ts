import { EventEmitter, once } from 'node:events';
import { type RequestListener, createServer as createHttpServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type Manager,
  type ManagerEvent,
  type ManagerOptions,
  createManager,
  createTerminator,
  sniCallback,
} from '../../src/index.ts';
import { freePort } from '../support/free-port.ts';
import { openssl, serialOnWire } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { runProgram } from '../support/program.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';
import { connectTls, wireSerial } from '../support/tls-client.ts';
import { startHttp } from '../support/upstreams.ts';

const hello: RequestListener = (_request, response) => void response.end('hello\n');

function optionsFor(ca: Pebble, dir: TempDir, more: Partial<ManagerOptions> = {}): ManagerOptions {
  return {
    dataDir: dir.file('data'),
    issuer: { directory: ca.directoryUrl, caBundle: ca.caBundle, acceptTerms: true },
    certificates: ['app.example.com'],
    preflight: { resolvers: [ca.dnsAddress] },
    logger: 'silent',
    ...more,
  };
}

/** Closes at the end of the scope. */
function closing<S extends Server>(server: S): S & AsyncDisposable {
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      server.close();
      (server as { closeAllConnections?: () => void }).closeAllConnections?.();
      await once(server, 'close');
    },
  });
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function serialOf(manager: Manager): Promise<string | undefined> {
  const [only] = await manager.list();
  return only?.current?.serial.toUpperCase();
}

describe('a manager beside a server of node:https', () => {
  it('obtains by tls-alpn-01 on its own port, and swaps the certificate live', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using manager = await createManager(optionsFor(ca, dir, { challenge: 'tls-alpn-01' }));
    const told: string[] = [];
    manager.on('event', ({ type }) => told.push(type));
    const renewed = new Promise<ManagerEvent<'certificate.renewed.v1'>>((resolve) => {
      manager.once('certificate.renewed.v1', resolve);
    });
    await using server = closing(createHttpsServer({ SNICallback: sniCallback(manager) }, hello));
    manager.answerChallenges(server).listen(ca.tlsPort, '127.0.0.1');
    await manager.ready();

    const roots = (await ca.roots()).join('');
    await writeFile(dir.file('roots.pem'), roots);
    const target = { port: ca.tlsPort, host: 'app.example.com', roots };
    const first = await wireSerial(target);
    expect(first).toBe(await serialOf(manager));
    await using stays = await connectTls(target);
    const answer = await runProgram('curl', [
      '-sS',
      '--cacert',
      dir.file('roots.pem'),
      '--tls-max',
      '1.2',
      '--resolve',
      `app.example.com:${ca.tlsPort}:127.0.0.1`,
      `https://app.example.com:${ca.tlsPort}/`,
    ]);
    expect(answer, answer.stderr).toMatchObject({ stdout: 'hello\n' });

    const [outcome] = await manager.renew('app.example.com');
    expect(outcome).toMatchObject({ outcome: 'issued' });
    const second = await wireSerial(target);
    expect(second).toBe(await serialOf(manager));
    expect(second).not.toBe(first);
    expect((await renewed).data).toMatchObject({ previousSerial: first.toLowerCase() });
    expect(told).toEqual(
      expect.arrayContaining(['certificate.issued.v1', 'certificate.renewed.v1']),
    );
    expect(stays.destroyed).toBe(false);

    await expect(wireSerial({ ...target, host: 'other.example.com' })).rejects.toMatchObject({
      code: expect.stringContaining('HANDSHAKE_FAILURE'),
    });
  });

  it('gives each client the one of a pair that it can verify, over HTTP/2 as well', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using manager = await createManager(
      optionsFor(ca, dir, { challenge: 'tls-alpn-01', keyType: ['ec256', 'rsa2048'] }),
    );
    await using server = closing(
      createSecureServer(
        { SNICallback: sniCallback(manager), allowHTTP1: true },
        (_request, response) => response.end('hello\n'),
      ),
    );
    manager.answerChallenges(server).listen(ca.tlsPort, '127.0.0.1');
    await manager.ready();
    const ask = (...more: string[]): Promise<string> =>
      openssl([
        's_client',
        '-connect',
        `127.0.0.1:${ca.tlsPort}`,
        '-servername',
        'App.Example.com',
        ...more,
      ]);
    expect(await ask('-alpn', 'h2')).toMatch(/256 bit[^]*ALPN protocol: h2/);
    expect(await ask('-tls1_2', '-sigalgs', 'RSA+SHA256:RSA-PSS+SHA256')).toContain(
      'Server public key is 2048 bit',
    );
    expect(await ask('-tls1_3', '-sigalgs', 'ECDSA+SHA256')).toContain('public key is 256 bit');
    // What is no TLS costs this connection only.
    const plain = await runProgram('curl', ['-sS', `http://127.0.0.1:${ca.tlsPort}/`]);
    expect(plain.status).not.toBe(0);
    expect(await ask('-alpn', 'http/1.1')).toContain('ALPN protocol: http/1.1');
  });
});

describe('a manager beside a server of node:http', () => {
  it('answers http-01 before the program, and leaves everything else to it', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using manager = await createManager(optionsFor(ca, dir));
    // The server comes up later than the order.
    await wait(500);
    await using server = closing(createHttpServer());
    manager.answerChallenges(server);
    server.on('request', hello);
    server.listen(ca.httpPort, '127.0.0.1');
    await manager.ready();
    for (const path of ['', '.well-known/acme-challenge/unknown']) {
      const { stdout } = await runProgram('curl', [
        '-sS',
        `http://127.0.0.1:${ca.httpPort}/${path}`,
      ]);
      expect(stdout).toBe('hello\n');
    }
    const exported = await manager.export('app.example.com');
    expect(exported.privateKeyPem).toContain('PRIVATE KEY');
    expect(await manager.issue(['app.example.com'])).toMatchObject({ outcome: 'unchanged' });
    await manager.remove('app.example.com');
    expect(await manager.list()).toEqual([]);
  });

  it('answers for the orders of other processes on the data directory', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const options = optionsFor(ca, dir, { challenge: 'http-01' });
    await using serving = await createManager({ ...options, certificates: [] });
    await using server = closing(createHttpServer(serving.challengeHandler));
    server.listen(ca.httpPort, '127.0.0.1');
    await using both = new AsyncDisposableStack();
    const ordering = await Promise.all(
      [1, 2].map(async () => {
        const manager = both.use(await createManager(options));
        // It has no server that the CA could reach.
        expect(manager.challengeHandler).toBeTypeOf('function');
        return manager;
      }),
    );
    await Promise.all(ordering.map((manager) => manager.ready()));
    expect(await ca.orderCount()).toBe(1);
    expect(await serving.secureContext('app.example.com')).toBeDefined();
  });

  it('says what is missing where nobody answers, and who can mend it', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using manager = await createManager(optionsFor(ca, dir, { challenge: 'http-01' }));
    await using server = closing(createHttpsServer({ SNICallback: sniCallback(manager) }, hello));
    manager.answerChallenges(server).listen(0, '127.0.0.1');
    await expect(manager.ready()).rejects.toMatchObject({
      code: expect.stringMatching(/^(challenge|acme)\//),
      message: expect.stringContaining('no server of this program answers http-01'),
    });
  });
});

describe('a terminator of a manager', () => {
  it('serves the hosts of its endpoints, for which it obtains what is missing', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    await using upstream = await startHttp(hello);
    await using manager = await createManager(optionsFor(ca, dir, { certificates: [] }));
    const listeners = [{ address: `127.0.0.1:${ca.tlsPort}` }];
    const endpoint = (host: string) =>
      ({ host, protocol: 'https', upstream: `http://127.0.0.1:${upstream.port}` }) as const;
    const terminator = await createTerminator(manager, {
      listeners,
      endpoints: [endpoint('web.example.com')],
    });
    await expect(createTerminator(manager, { listeners })).rejects.toThrow('has a terminator');
    const roots = (await ca.roots()).join('');
    const serial = (host: string) =>
      wireSerial({ port: ca.tlsPort, host, roots }).catch(() => undefined);
    await expect.poll(() => serial('web.example.com'), { timeout: 30_000 }).toBe(await latest());
    await expect(
      terminator.configure({ listeners, endpoints: [{ ...endpoint('a.example'), host: '???' }] }),
    ).rejects.toMatchObject({ code: 'config/invalid' });
    expect(terminator.counters().accepted).toBeGreaterThan(0);
    const port = await freePort();
    await terminator.configure({ listeners: [{ address: `127.0.0.1:${port}` }] });
    expect(terminator.addresses()).toMatchObject([{ port }]);
    await terminator.close();

    async function latest(): Promise<string> {
      for (;;) {
        const found = await serialOf(manager);
        if (found !== undefined) return found;
        await wait(50);
      }
    }
  });
});

describe('createManager', () => {
  it.each([
    [{ certificates: ['not a name'] }, /certificates\[0\]\.names\[0\]/],
    [{ certificates: ['*.example.com'], challenge: 'http-01' }, /wildcard/],
    [{ issuer: 'nobody' }, /no issuer "nobody"/],
    [{ colour: 'red' }, /colour: is no option; there are dataDir, certificates/],
    [{ certificate: ['app.internal'] }, /certificate: is no option; is certificates meant\?/],
    [{ endpoints: [] }, /endpoints: is no option/],
    [{ issuer: { directory: 'http://ca.example/' } }, /https URL/],
  ])('refuses %j with the option at fault', async (options, message) => {
    await using dir = await openTempDir();
    const given = { dataDir: dir.file('data'), ...options } as ManagerOptions;
    await expect(createManager(given)).rejects.toMatchObject({
      code: 'config/invalid',
      message: expect.stringMatching(message),
    });
  });

  it('gives a manager that is closed once, and does nothing afterwards', async () => {
    await using dir = await openTempDir();
    const manager = await createManager({
      dataDir: dir.file('data'),
      issuer: 'internal',
      logger: 'silent',
      certificates: ['app.internal'],
    });
    await manager.ready();
    await using server = closing(createHttpsServer({ SNICallback: sniCallback(manager) }, hello));
    const wrong = new EventEmitter() as Server;
    expect(() => manager.answerChallenges(wrong)).toThrow(TypeError);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const target = { port: portOf(server), servername: 'app.internal' };
    const served = await serialOnWire(target);
    const events = manager.events();
    await manager.close();
    await manager.close();
    for await (const event of events) expect(event).toBeUndefined();
    await expect(async () => manager.list()).rejects.toMatchObject({ code: 'usage/invalid' });
    expect(await serialOnWire(target)).toBe(served);
  });
});
