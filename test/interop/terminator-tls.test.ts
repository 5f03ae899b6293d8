/**
 * The terminator under TLS clients that are not ours: openssl and gnutls.
 *
 * @module
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { ANY_TLS, HOST, sClient, startTerminator } from '../support/terminator.ts';
import { startTcp, startTls } from '../support/upstreams.ts';

let exact: Credential;
let wildcard: Credential;
let rsa: Credential;

beforeAll(async () => {
  [exact, wildcard, rsa] = await Promise.all([
    createOpensslCredential(['a.example.com'], { serial: 0xa1 }),
    createOpensslCredential(['*.example.com'], { serial: 0xb2 }),
    createOpensslCredential(['a.example.com'], { serial: 0xc3, keyAlgorithm: 'rsa' }),
  ]);
});

const UNRECOGNIZED_NAME = Buffer.from('15030300020270', 'hex');

describe('certificate by server name', () => {
  it('serves an exact name, a wildcard, and nothing to other names', async () => {
    await using upstream = await startTcp(sayGoodbye);
    await using running = await startTerminator();
    const serve = (host: string, credentials: Credential[]): void =>
      running.serve(host, upstream.port, { protocol: 'tls', terminate: ANY_TLS, credentials });
    serve('a.example.com', [wildcard, exact]);
    serve('*.example.com', [wildcard]);

    expect(await serialFor(running.tlsPort, 'a.example.com')).toBe('A1');
    expect(await serialFor(running.tlsPort, 'A.Example.COM.')).toBe('A1');
    expect(await serialFor(running.tlsPort, 'b.example.com')).toBe('B2');
    for (const name of ['example.com', 'x.b.example.com', 'other.test']) {
      const { stderr } = await sClient(running.tlsPort, ['-servername', name]);
      expect(stderr).toContain('unrecognized name');
    }
  });

  it('refuses clients without server name, or serves them the configured one', async () => {
    await using upstream = await startTcp(sayGoodbye);
    await using refusing = await startTerminator();
    await using serving = await startTerminator({ noServerName: 'a.example.com' });
    for (const running of [refusing, serving]) {
      running.serve('a.example.com', upstream.port, {
        protocol: 'tls',
        terminate: ANY_TLS,
        credentials: [exact],
      });
    }
    const refused = await sClient(refusing.tlsPort, ['-noservername']);
    expect(refused.stderr).toContain('unrecognized name');
    const served = await sClient(serving.tlsPort, ['-noservername']);
    expect(served.stdout).toContain('BEGIN CERTIFICATE');
  });

  it('gives RSA to a client that cannot verify ECDSA', async () => {
    await using upstream = await startTcp(sayGoodbye);
    await using running = await startTerminator();
    const options = { protocol: 'tls', terminate: ANY_TLS, credentials: [exact, rsa] } as const;
    running.serve('a.example.com', upstream.port, options);
    const onlyRsa = ['-sigalgs', 'RSA-PSS+SHA256:RSA+SHA256'];
    expect(await serialFor(running.tlsPort, 'a.example.com', onlyRsa)).toBe('C3');
    expect(await serialFor(running.tlsPort, 'a.example.com')).toBe('A1');
  });

  it('serves a replaced certificate at once and lets open connections live on', async () => {
    await using echo = await startTcp();
    await using closing = await startTcp(sayGoodbye);
    await using running = await startTerminator();
    const serve = (credential: Credential, port: number): void =>
      running.serve('a.example.com', port, {
        protocol: 'tls',
        terminate: ANY_TLS,
        credentials: [credential],
      });
    serve(exact, echo.port);
    const open = connectTls({
      host: HOST,
      port: running.tlsPort,
      servername: 'a.example.com',
      rejectUnauthorized: false,
    });
    await once(open, 'secureConnect');
    serve(await createOpensslCredential(['a.example.com'], { serial: 0xd4 }), closing.port);
    expect(await serialFor(running.tlsPort, 'a.example.com')).toBe('D4');
    open.write('still here');
    const [answer] = (await once(open, 'data')) as [Buffer];
    expect(answer.toString()).toBe('still here');
    open.destroy();
  });

  it('passes a GnuTLS handshake', async ({ skip }) => {
    const version = await runProgram('gnutls-cli', ['--version']).catch(() => undefined);
    if (version === undefined) skip('gnutls-cli is not installed');
    await using upstream = await startTcp((socket) => socket.end('hello from upstream'));
    await using running = await startTerminator();
    const options = { protocol: 'tls', terminate: ANY_TLS, credentials: [exact] } as const;
    running.serve('a.example.com', upstream.port, options);
    const { stdout } = await runProgram(
      'gnutls-cli',
      ['--insecure', '--sni-hostname', 'a.example.com', '-p', String(running.tlsPort), HOST],
      { timeoutMs: 10_000 },
    );
    expect(stdout).toContain('hello from upstream');
  });
});

describe('policy', () => {
  it('keeps to the versions of the endpoint, each its own', async () => {
    await using upstream = await startTcp(sayGoodbye);
    await using running = await startTerminator();
    const serve = (host: string, minVersion: '1.2' | '1.3', maxVersion: '1.2' | '1.3'): void =>
      running.serve(host, upstream.port, {
        protocol: 'tls',
        terminate: { ...ANY_TLS, minVersion, maxVersion },
        credentials: [wildcard],
      });
    serve('old.example.com', '1.2', '1.2');
    serve('new.example.com', '1.3', '1.3');
    const tryVersion = async (host: string, flag: string): Promise<string> => {
      const { stdout, stderr } = await sClient(running.tlsPort, ['-servername', host, flag]);
      return /New, (TLSv1\.\d)/.exec(stdout)?.[1] ?? /alert [a-z ]+version/.exec(stderr)?.[0] ?? '';
    };
    expect(await tryVersion('old.example.com', '-tls1_2')).toBe('TLSv1.2');
    expect(await tryVersion('new.example.com', '-tls1_3')).toBe('TLSv1.3');
    expect(await tryVersion('old.example.com', '-tls1_3')).toBe('alert protocol version');
    expect(await tryVersion('new.example.com', '-tls1_2')).toBe('alert protocol version');
  });

  it('agrees on a protocol of the endpoint, or refuses with no_application_protocol', async () => {
    await using upstream = await startTcp(sayGoodbye);
    await using running = await startTerminator();
    running.serve('a.example.com', upstream.port, {
      protocol: 'tls',
      terminate: { ...ANY_TLS, alpn: ['imap', 'smtp'] },
      credentials: [exact],
    });
    const offer = (protocols: string) =>
      sClient(running.tlsPort, ['-servername', 'a.example.com', '-alpn', protocols]);
    expect((await offer('smtp,imap')).stdout).toContain('ALPN protocol: imap');
    expect((await offer('http/1.1')).stderr).toContain('no application protocol');
    const without = await sClient(running.tlsPort, ['-servername', 'a.example.com']);
    expect(without.stdout).toContain('No ALPN negotiated');
  });

  it.each(['-tls1_2', '-tls1_3'])('%s resumes for one host, not across policies', async (flag) => {
    await using directory = await openTempDir();
    await using upstream = await startTcp(sayGoodbye);
    await using running = await startTerminator();
    for (const [host, alpn] of [
      ['a.example.com', []],
      ['b.example.com', ['other']],
    ] as const) {
      running.serve(host, upstream.port, {
        protocol: 'tls',
        terminate: { ...ANY_TLS, alpn },
        credentials: [wildcard],
      });
    }
    const session = directory.file('session.pem');
    const visit = (host: string, ...args: string[]) =>
      sClient(running.tlsPort, ['-servername', host, flag, ...args], 'x');
    await visit('a.example.com', '-sess_out', session);
    expect((await visit('a.example.com', '-sess_in', session)).stdout).toContain('Reused, ');
    expect((await visit('b.example.com', '-sess_in', session)).stdout).toContain('New, ');
  });
});

describe('relay', () => {
  it('passes the bytes of another TLS server through unopened', async () => {
    const inner = await createOpensslCredential(['db.example.com'], { serial: 0xee });
    await using upstream = await startTls(inner, 'from inside');
    await using running = await startTerminator();
    running.serve('db.example.com', upstream.port, { protocol: 'tls' });
    const args = ['-servername', 'db.example.com', '-alpn', 'special'];
    const { stdout } = await sClient(running.tlsPort, args);
    expect(stdout).toContain('from inside');
    expect(stdout).toContain('ALPN protocol: special');
    expect(await serialFor(running.tlsPort, 'db.example.com')).toBe('EE');
  });

  it('carries a large answer after the client ended its side', async () => {
    const size = 8 * 1024 * 1024;
    await using upstream = await startTcp((socket) => {
      socket.resume();
      socket.once('end', () => socket.end(Buffer.alloc(size, 'x')));
    });
    await using running = await startTerminator();
    const options = { protocol: 'tls', terminate: ANY_TLS, credentials: [exact] } as const;
    running.serve('a.example.com', upstream.port, options);
    const client = connectTls({
      host: HOST,
      port: running.tlsPort,
      servername: 'a.example.com',
      rejectUnauthorized: false,
    });
    // `tls.connect` has the option, its types do not.
    client.allowHalfOpen = true;
    client.end('request');
    let received = 0;
    for await (const chunk of client) received += (chunk as Buffer).length;
    expect(received).toBe(size);
  });

  it('closes the client when the upstream breaks, and the upstream when the client does', async () => {
    const { promise: broken, resolve } = Promise.withResolvers<void>();
    await using breaking = await startTcp((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    await using waiting = await startTcp((socket) => {
      socket.resume();
      socket.once('close', () => resolve());
    });
    await using running = await startTerminator();
    const serve = (host: string, port: number): void =>
      running.serve(host, port, { protocol: 'tls', terminate: ANY_TLS, credentials: [wildcard] });
    serve('a.example.com', breaking.port);
    serve('b.example.com', waiting.port);
    const open = async (servername: string) => {
      const raw = connect({ host: HOST, port: running.tlsPort });
      const client = connectTls({ socket: raw, servername, rejectUnauthorized: false });
      client.on('error', () => {}).resume();
      raw.on('error', () => {});
      await once(client, 'secureConnect');
      client.write('x');
      return raw;
    };
    await once(await open('a.example.com'), 'close');
    const leaving = await open('b.example.com');
    await wait(50);
    leaving.resetAndDestroy();
    await broken;
    await expect.poll(() => running.terminator.counters().open).toBe(0);
  });

  it('closes after the handshake when the upstream does not listen', async () => {
    await using running = await startTerminator();
    const options = { protocol: 'tls', terminate: ANY_TLS, credentials: [exact] } as const;
    running.serve('a.example.com', 1, options);
    await sClient(running.tlsPort, ['-servername', 'a.example.com'], 'x');
    expect(running.terminator.counters()).toMatchObject({ handshakes: 1, upstreamFailures: 1 });
  });
});

describe('tls-alpn-01', () => {
  it('answers for a name without endpoint, and for an address by its reverse name', async () => {
    await using running = await startTerminator();
    for (const [name, serial] of [
      ['new.example.com', 0x51],
      ['192.0.2.1', 0x52],
    ] as const) {
      const { chainPem, privateKeyPem } = await createOpensslCredential(['x.test'], { serial });
      const answer = { type: 'tls-alpn-01', certificatePem: chainPem, privateKeyPem } as const;
      running.feed.putAnswer(name, answer);
    }
    const alpn = ['-alpn', 'acme-tls/1'];
    expect(await serialFor(running.tlsPort, 'new.example.com', alpn)).toBe('51');
    expect(await serialFor(running.tlsPort, '1.2.0.192.in-addr.arpa', alpn)).toBe('52');
    const { stderr } = await sClient(running.tlsPort, ['-servername', 'a.example.com', ...alpn]);
    expect(stderr).toContain('unrecognized name');
  });
});

describe('hostile clients', () => {
  it('takes a hello that arrives byte by byte', async () => {
    await using upstream = await startTcp((socket) => socket.end('done'));
    await using running = await startTerminator();
    const options = { protocol: 'tls', terminate: ANY_TLS, credentials: [exact] } as const;
    running.serve('a.example.com', upstream.port, options);
    await using dripping = await startTcp((client) => {
      const server = connect({ host: HOST, port: running.tlsPort, noDelay: true });
      server.on('error', () => {});
      client.once('data', (hello) => {
        void drip(hello as Buffer, server).then(() => client.pipe(server));
      });
      server.pipe(client);
    });
    const client = connectTls({
      host: HOST,
      port: dripping.port,
      servername: 'a.example.com',
      rejectUnauthorized: false,
    });
    const [data] = (await once(client, 'data')) as [Buffer];
    expect(data.toString()).toBe('done');
    client.destroy();
  });

  it('survives garbage, early closes and broken handshakes, and holds nothing of them', async () => {
    await using running = await startTerminator({ limits: { helloMs: 300, handshakeMs: 300 } });
    const options = { protocol: 'tls', terminate: ANY_TLS, credentials: [exact] } as const;
    running.serve('a.example.com', 1, options);
    running.serve('web.example.com', 1, {
      protocol: 'https',
      terminate: { ...ANY_TLS, alpn: ['h2'] },
      credentials: [wildcard],
    });
    const hellos = await Promise.all([
      captureHello('a.example.com', []),
      captureHello('web.example.com', ['h2']),
    ]);
    const beginnings = [
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      Buffer.alloc(20_000, 0x16),
      Buffer.from('160301ffff', 'hex'),
      Buffer.alloc(0),
      ...hellos.flatMap((hello) => [hello, hello.subarray(0, 40), Buffer.concat([hello, hello])]),
      ...hellos.map((hello) =>
        Buffer.concat([hello, Buffer.from('14030300010117030300200000', 'hex')]),
      ),
    ];
    const endings = [
      (socket: Socket) => socket.end(),
      (socket: Socket) => socket.resetAndDestroy(),
      (socket: Socket) => socket.on('end', () => socket.end()),
    ];
    for (const bytes of beginnings) {
      for (const end of endings) {
        const socket = connect({ host: HOST, port: running.tlsPort });
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.resume();
        socket.write(bytes);
        await wait(5);
        end(socket);
      }
    }
    await expect.poll(() => running.terminator.counters().open, { timeout: 5_000 }).toBe(0);
    expect(await serialFor(running.tlsPort, 'a.example.com')).toBe('A1');
  });

  it('ends a hello that takes too long, and refuses by seven bytes', async () => {
    await using running = await startTerminator({ limits: { helloMs: 100 } });
    const slow = connect({ host: HOST, port: running.tlsPort });
    slow.write('\x16');
    await once(slow.resume(), 'close');
    const refused = connect({ host: HOST, port: running.tlsPort });
    refused.write(await captureHello('unknown.test', []));
    const [alert] = (await once(refused, 'data')) as [Buffer];
    expect(alert).toEqual(UNRECOGNIZED_NAME);
    await once(refused, 'close');
  });

  it('turns connections away above the limits', async () => {
    await using running = await startTerminator({ limits: { connections: 1 } });
    const first = connect({ host: HOST, port: running.tlsPort });
    await expect.poll(() => running.terminator.counters().open).toBe(1);
    const second = connect({ host: HOST, port: running.tlsPort });
    await once(second.resume(), 'close');
    expect(running.terminator.counters()).toMatchObject({ open: 1, turnedAway: 1 });
    first.destroy();
  });
});

function sayGoodbye(socket: Socket): void {
  socket.resume().end('goodbye');
}

async function serialFor(port: number, servername: string, args: string[] = []): Promise<string> {
  const client = await sClient(port, ['-servername', servername, ...args]);
  const { stdout } = await runProgram('openssl', ['x509', '-noout', '-serial'], {
    input: client.stdout,
  });
  return stdout.trim().replace('serial=', '');
}

/** The first flight of a real client. */
async function captureHello(servername: string, alpn: string[]): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  await using listener = await startTcp((socket) => socket.once('data', resolve));
  const client = connectTls({ host: HOST, port: listener.port, servername, ALPNProtocols: alpn });
  client.on('error', () => {});
  const hello = await promise;
  client.destroy();
  return hello;
}

async function drip(bytes: Buffer, socket: Socket): Promise<void> {
  for (const byte of bytes) {
    socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
}
