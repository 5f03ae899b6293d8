/**
 * The terminator as an HTTP proxy and challenge responder, under curl.
 *
 * @module
 */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { runProgram } from '../support/program.ts';
import {
  ANY_TLS,
  curl,
  HOST,
  type RunningTerminator,
  startTerminator,
  WEB,
} from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['*.example.com']);
});

const VERSIONS = ['--http1.1', '--http2'];

function serveWeb(running: RunningTerminator, host: string, port: number): void {
  running.serve(host, port, { protocol: 'https', terminate: WEB, credentials: [credential] });
}

describe.each(VERSIONS)('https with curl %s', (version) => {
  it('passes requests and responses on, with the origin told by the terminator only', async () => {
    let seen: IncomingHttpHeaders = {};
    await using upstream = await startHttp((request, response) => {
      seen = request.headers;
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.end(`${request.method} ${request.url}`);
    });
    await using running = await startTerminator();
    serveWeb(running, 'a.example.com', upstream.port);
    const { stdout } = await curl(running.tlsPort, 'https://a.example.com/path?q=1', [
      version,
      '-i',
      '-H',
      'X-Forwarded-For: 6.6.6.6',
      '-H',
      'Forwarded: for=6.6.6.6',
      '-H',
      'X-Forwarded-Proto: http',
    ]);
    expect(stdout).toMatch(version === '--http2' ? /^HTTP\/2 200/ : /^HTTP\/1.1 200/);
    expect(stdout).toContain('GET /path?q=1');
    expect(stdout.match(/set-cookie: /gi)).toHaveLength(2);
    expect(seen).toMatchObject({
      host: 'a.example.com',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'a.example.com',
      'x-real-ip': '127.0.0.1',
      forwarded: 'for=127.0.0.1;host=a.example.com;proto=https',
    });
  });

  it('carries large bodies both ways', async () => {
    await using upstream = await startHttp((request, response) => {
      request.pipe(response);
    });
    await using running = await startTerminator();
    serveWeb(running, 'a.example.com', upstream.port);
    const args = [version, '--data-binary', '@-', '-o', '-'];
    const input = 'x'.repeat(5_000_000);
    const result = await runProgram(
      'curl',
      ['-sk', '--connect-to', `::${HOST}:${running.tlsPort}`, ...args, 'https://a.example.com/'],
      { input, timeoutMs: 20_000 },
    );
    expect(result.stdout === input).toBe(true);
  });

  it('answers 421 for a host of another endpoint, and serves one of the same', async () => {
    await using upstream = await startHttp((request, response) => {
      response.end(request.headers.host);
    });
    await using running = await startTerminator();
    serveWeb(running, '*.example.com', upstream.port);
    const status = async (host: string): Promise<string> => {
      const args = [version, '-H', `Host: ${host}`, '-o', '/dev/null', '-w', '%{http_code}'];
      return (await curl(running.tlsPort, 'https://a.example.com/', args)).stdout;
    };
    expect(await status('b.example.com')).toBe('200');
    expect(await status('other.test')).toBe('421');
    expect(await status('a_b')).toBe('400');
  });

  it('answers 502 and 504 when the upstream is not there, also to uploads', async () => {
    await using silent = await startTcp((socket) => socket.resume());
    await using running = await startTerminator({ limits: { responseMs: 1_000 } });
    serveWeb(running, 'gone.example.com', 1);
    serveWeb(running, 'silent.example.com', silent.port);
    const status = async (host: string, ...more: string[]): Promise<string> => {
      const args = [version, ...more, '-o', '/dev/null', '-w', '%{http_code}'];
      return (await curl(running.tlsPort, `https://${host}/`, args)).stdout;
    };
    expect(await status('gone.example.com')).toBe('502');
    expect(await status('gone.example.com', '-d', 'x'.repeat(100_000))).toBe('502');
    expect(await status('silent.example.com')).toBe('504');
  });

  it('cancels the request at the upstream when the client leaves', async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    await using upstream = await startHttp((_request, response) => {
      response.once('close', () => resolve());
      response.write('begun');
    });
    await using running = await startTerminator();
    serveWeb(running, 'a.example.com', upstream.port);
    const { stdout } = await curl(running.tlsPort, 'https://a.example.com/', [version, '-m', '1']);
    expect(stdout).toBe('begun');
    await cancelled;
  });

  it('lets go of a client that vanished in the middle of a download', async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    await using upstream = await startHttp((_request, response) => {
      response.once('close', () => resolve());
      const chunk = Buffer.alloc(65_536);
      const fill = (): void => {
        while (response.write(chunk));
        response.once('drain', fill);
      };
      fill();
    });
    await using running = await startTerminator({ limits: { stallMs: 500 } });
    serveWeb(running, 'a.example.com', upstream.port);
    await curl(running.tlsPort, 'https://a.example.com/', [
      version,
      '-m',
      '1',
      '--limit-rate',
      '1M',
      '-o',
      '/dev/null',
    ]);
    await cancelled;
    await expect.poll(() => running.terminator.counters().open, { timeout: 5_000 }).toBe(0);
  });

  it('does not let a response that broke off look complete', async () => {
    await using upstream = await startHttp((_request, response) => {
      response.write('half', () => response.destroy());
    });
    await using running = await startTerminator();
    serveWeb(running, 'a.example.com', upstream.port);
    const { status } = await curl(running.tlsPort, 'https://a.example.com/', [version]);
    expect(status).not.toBe(0);
  });

  it('serves the configured name to a client without server name', async () => {
    await using upstream = await startHttp((_request, response) => response.end('here'));
    await using running = await startTerminator({ noServerName: 'a.example.com' });
    serveWeb(running, 'a.example.com', upstream.port);
    const url = `https://${HOST}:${running.tlsPort}/`;
    const args = ['-sk', version, '-H', 'Host: a.example.com', url];
    expect((await runProgram('curl', args)).stdout).toBe('here');
  });
});

describe('https', () => {
  it('relays an upgraded connection, and the answer of an upstream that declines', async () => {
    await using upstream = await startHttp(
      (_request, response) => response.writeHead(426).end('no'),
      (server) =>
        server.on('upgrade', (request, socket) => {
          if (request.url === '/no') {
            socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno');
            return;
          }
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n',
          );
          socket.pipe(socket);
        }),
    );
    await using running = await startTerminator();
    serveWeb(running, 'a.example.com', upstream.port);
    const upgrade = async (path: string): Promise<string> => {
      const client = connectTls({
        host: HOST,
        port: running.tlsPort,
        servername: 'a.example.com',
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: false,
      });
      client.write(
        `GET ${path} HTTP/1.1\r\nHost: a.example.com\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n`,
      );
      let text = '';
      client.on('data', (chunk) => {
        const before = text;
        text += String(chunk);
        if (!before.includes('\r\n\r\n') && text.includes(' 101 ')) client.write('ping');
        if (text.endsWith('ping')) client.end();
      });
      await once(client, 'close');
      return text;
    };
    expect(await upgrade('/yes')).toMatch(/^HTTP\/1.1 101 [^]*\r\n\r\nping$/);
    expect(await upgrade('/no')).toMatch(/^HTTP\/1.1 403 [^]*\r\n\r\nno$/);
  });

  it('ends with a goodbye: open HTTP/2 streams finish, no new connection begins', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<() => void>();
    await using upstream = await startHttp((_request, response) => {
      arrive(() => void response.end('finished'));
    });
    await using running = await startTerminator();
    serveWeb(running, 'a.example.com', upstream.port);
    const session = openHttp2(running.tlsPort, 'a.example.com');
    const stream = session.request({ ':path': '/', ':authority': 'a.example.com' });
    const finish = await arrived;
    const goodbye = once(session, 'goaway');
    const stopped = running.terminator.stop(10_000);
    await goodbye;
    finish();
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect(text).toBe('finished');
    await stopped;
    const late = await curl(running.tlsPort, 'https://a.example.com/', []);
    expect(late.status).toBe(7);
  });

  it('serves each HTTP/2 connection its own endpoint after a resumption in TLS 1.2', async () => {
    await using first = await startHttp((_request, response) => response.end('first'));
    await using second = await startHttp((_request, response) => response.end('second'));
    await using running = await startTerminator();
    serveWeb(running, 'a.example.com', first.port);
    serveWeb(running, 'b.example.com', second.port);
    const args = [
      '--http2',
      '--tls-max',
      '1.2',
      'https://a.example.com/',
      'https://b.example.com/',
    ];
    const both = await curl(running.tlsPort, 'https://a.example.com/', args);
    expect(both.stdout).toBe('firstsecondfirst');
  });
});

describe('plain http', () => {
  it('answers http-01 and redirects everything else', async () => {
    await using running = await startTerminator();
    running.feed.putAnswer('tok-en_1', { type: 'http-01', keyAuthorization: 'tok-en_1.thumb' });
    const get = async (path: string, host: string): Promise<string> => {
      const url = `http://127.0.0.2:${running.httpPort}${path}`;
      const args = ['-s', '-i', '--path-as-is', '-H', `Host: ${host}`, url];
      return (await runProgram('curl', args)).stdout;
    };
    const challenge = '/.well-known/acme-challenge/';
    const found = await get(`${challenge}tok-en_1`, 'a.example.com');
    expect(found).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\ntok-en_1\.thumb$/);
    expect(await get(`${challenge}other`, 'a.example.com')).toMatch(/^HTTP\/1.1 404 /);
    expect(await get(`${challenge}../x`, 'a.example.com')).toMatch(/^HTTP\/1.1 404 /);
    const moved = await get('/x?y=1', 'a.example.com:80');
    expect(moved).toMatch(/^HTTP\/1.1 308 /);
    expect(moved).toContain('location: https://a.example.com/x?y=1\r\n');
    expect(await get('/', 'a_b/evil')).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe('configure', () => {
  it('changes nothing when an address is taken, and names the address', async () => {
    await using taken = await startTcp();
    await using running = await startTerminator();
    const before = running.terminator.addresses();
    const listeners = [{ address: HOST, port: taken.port, protocol: 'tls' as const }];
    const error = running.terminator.configure({ ...running.settings, listeners });
    await expect(error).rejects.toMatchObject({
      code: 'listener/in-use',
      message: expect.stringContaining(`${HOST}:${taken.port}`) as string,
    });
    expect(running.terminator.addresses()).toEqual(before);
  });

  it('closes listeners that are gone and lets their connections go on', async () => {
    await using upstream = await startTcp();
    await using running = await startTerminator();
    const options = { protocol: 'tls', terminate: ANY_TLS, credentials: [credential] } as const;
    running.serve('a.example.com', upstream.port, options);
    const client = connectTls({
      host: HOST,
      port: running.tlsPort,
      servername: 'a.example.com',
      rejectUnauthorized: false,
    });
    await once(client, 'secureConnect');
    await running.terminator.configure({ ...running.settings, listeners: [] });
    client.write('on');
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toBe('on');
    client.destroy();
    expect((await curl(running.tlsPort, 'https://a.example.com/')).status).toBe(7);
  });
});

function openHttp2(port: number, servername: string): ClientHttp2Session {
  const options = { servername, rejectUnauthorized: false };
  return connectHttp2(`https://${HOST}:${port}`, options);
}
