/**
 * What HTTP messages carry beside their bodies, by every version on either side.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer as createHttp2Server, connect as connectHttp2 } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseName } from '../../src/core/names.ts';
import type { Credential, Endpoint } from '../../src/feed/feed.ts';
import type { Upstream } from '../../src/feed/upstream.ts';
import { connectHttp1, exchangeBytes } from '../support/http-messages.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { curl, HOST, type RunningTerminator, startTerminator, WEB } from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

const NAME = 'a.example.com';

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['*.example.com', 'upstream.test']);
});

function serve(
  running: RunningTerminator,
  upstreams: readonly Upstream[],
  options: Partial<Endpoint> = {},
): void {
  const endpoint: Endpoint = {
    host: parseName(NAME),
    protocol: 'https',
    terminate: WEB,
    upstreams,
    ...options,
  };
  running.feed.put(endpoint, [credential]);
}

const at = (scheme: Upstream['scheme'], port: number): Upstream => ({
  scheme,
  target: { host: HOST, port },
});

async function startHttp2(
  onRequest: Parameters<typeof createHttp2Server>[1],
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createHttp2Server({}, onRequest);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Reads the whole request, then answers with its trailers as trailers. */
function echoTrailers(request: IncomingMessage, response: ServerResponse): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on('end', () => {
    response.writeHead(200, { trailer: 'x-sum' });
    response.write(`${length} octets`);
    response.addTrailers({ 'x-sum': request.trailers['x-sum'] ?? 'none' });
    response.end();
  });
}

async function requestHttp2(
  port: number,
  options: { body?: string; trailers?: Record<string, string>; headers?: Record<string, string> },
): Promise<{ status: number; text: string; trailers: unknown; informed: number[] }> {
  const session = connectHttp2(`https://${HOST}:${port}`, {
    servername: NAME,
    rejectUnauthorized: false,
  });
  const { body, trailers, headers } = options;
  const stream = session.request(
    { ':method': body === undefined ? 'GET' : 'POST', ':authority': NAME, ...headers },
    { waitForTrailers: trailers !== undefined, endStream: body === undefined },
  );
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  let status = 0;
  let received: Record<string, unknown> = {};
  const informed: number[] = [];
  stream.on('continue', () => informed.push(100));
  stream.on('headers', (fields) => informed.push(Number(fields[':status'])));
  stream.on('response', (fields) => {
    status = Number(fields[':status']);
  });
  stream.on('trailers', (fields) => {
    received = { ...fields };
  });
  if (body !== undefined) stream.end(body);
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  session.close();
  return { status, text, trailers: received, informed };
}

describe.each(['http', 'h2c'] as const)('trailers with an upstream of %s', (scheme) => {
  const start = () =>
    scheme === 'h2c'
      ? startHttp2((request, response) =>
          echoTrailers(
            request as unknown as IncomingMessage,
            response as unknown as ServerResponse,
          ),
        )
      : startHttp(echoTrailers);

  it('go both ways for HTTP/2 clients', async () => {
    await using upstream = await start();
    await using running = await startTerminator();
    serve(running, [at(scheme, upstream.port)]);
    const got = await requestHttp2(running.tlsPort, {
      body: 'hello',
      trailers: { 'x-sum': '42', authorization: 'x' },
    });
    expect(got).toMatchObject({ status: 200, text: '5 octets', trailers: { 'x-sum': '42' } });
    expect(got.trailers).not.toHaveProperty('authorization');
  });

  it('go both ways for HTTP/1.1 clients', async () => {
    await using upstream = await start();
    await using running = await startTerminator();
    serve(running, [at(scheme, upstream.port)]);
    const lines = [
      'POST / HTTP/1.1',
      `Host: ${NAME}`,
      'Transfer-Encoding: chunked',
      'Trailer: x-sum',
      '',
      '5',
      'hello',
      '0',
      'X-Sum: 42',
      'Host: evil.test',
      '',
      '',
    ];
    const answer = await exchangeBytes(running.tlsPort, NAME, lines.join('\r\n'));
    expect(answer).toContain('5 octets');
    expect(answer).toMatch(/\r\n0\r\nx-sum: 42\r\n\r\n$/i);
  });
});

describe('gRPC', () => {
  it('keeps both directions of many calls open at a time, and short failures short', async () => {
    await using upstream = await startHttp2((request, response) => {
      expect(request.headers.te).toBe('trailers');
      if (request.url === '/fail') {
        // What gRPC calls Trailers-Only: one frame that ends the stream.
        response.stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true });
        return;
      }
      response.writeHead(200, { 'content-type': 'application/grpc' });
      request.on('data', (chunk) => response.write(chunk));
      request.on('end', () => {
        response.addTrailers({ 'grpc-status': '0' });
        response.end();
      });
    });
    await using running = await startTerminator();
    serve(running, [at('h2c', upstream.port)]);
    const session = connectHttp2(`https://${HOST}:${running.tlsPort}`, {
      servername: NAME,
      rejectUnauthorized: false,
    });
    const calls = Array.from({ length: 20 }, () =>
      session.request({ ':method': 'POST', ':path': '/s/M', ':authority': NAME, te: 'trailers' }),
    );
    // Each call waits for its answer before it says more: none may hold another one up.
    await Promise.all(
      calls.map(async (call, index) => {
        for (const word of ['one', 'two']) {
          call.write(`${word}${index}`);
          const [chunk] = (await once(call, 'data')) as [Buffer];
          expect(chunk.toString()).toBe(`${word}${index}`);
        }
        const trailers = once(call, 'trailers');
        call.end();
        expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' });
      }),
    );
    const failing = session.request({ ':method': 'POST', ':path': '/fail', ':authority': NAME });
    failing.end();
    const [fields, flags] = (await once(failing, 'response')) as [Record<string, string>, number];
    expect(fields['grpc-status']).toBe('5');
    expect(flags & 1).toBe(1);
    session.close();
  });
});

describe('interim responses', () => {
  it.each(['--http1.1', '--http2'])('asks the upstream whether a body is wanted: %s', async (v) => {
    let bodies = 0;
    await using upstream = await startHttp(
      () => {},
      (server) =>
        server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
          request.on('data', () => {
            bodies += 1;
          });
          if (request.url === '/no') {
            response.writeHead(413).end('no');
          } else {
            response.writeContinue();
            request.on('end', () => response.end('yes'));
          }
        }),
    );
    await using running = await startTerminator();
    serve(running, [at('http', upstream.port)]);
    const send = async (path: string): Promise<string> => {
      const args = [v, '-H', 'Expect: 100-continue', '--expect100-timeout', '10'];
      args.push('-d', 'x', '-w', ' %{http_code}', '-m', '5');
      return (await curl(running.tlsPort, `https://${NAME}${path}`, args)).stdout;
    };
    expect(await send('/no')).toBe('no 413');
    expect(bodies).toBe(0);
    expect(await send('/yes')).toBe('yes 200');
    expect(bodies).toBe(1);
  });

  it('passes early hints on to HTTP/2 clients', async () => {
    await using upstream = await startHttp((_request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('done'));
    });
    await using running = await startTerminator();
    serve(running, [at('http', upstream.port)]);
    expect(await requestHttp2(running.tlsPort, {})).toMatchObject({
      text: 'done',
      informed: [103],
    });
    expect((await curl(running.tlsPort, `https://${NAME}/`, ['--http1.1'])).stdout).toBe('done');
  });
});

describe.each(['--http1.1', '--http2'])('answers of our own with %s', (version) => {
  it('are 431 for large headers', async () => {
    await using upstream = await startHttp((_request, response) => response.end('here'));
    await using running = await startTerminator();
    serve(running, [at('http', upstream.port)]);
    const status = async (octets: number): Promise<string> => {
      const large = `X-Large: ${'x'.repeat(octets)}`;
      const args = [version, '-H', large, '-o', '/dev/null', '-w', '%{http_code}'];
      return (await curl(running.tlsPort, `https://${NAME}/`, args)).stdout;
    };
    expect(await status(15_000)).toBe('200');
    expect(await status(17_000)).toBe('431');
  });

  it('are pages for browsers and text for programs, and name nothing of the inside', async () => {
    await using running = await startTerminator();
    serve(running, [at('http', 1)], { hsts: 'max-age=60' });
    const get = async (...more: string[]): Promise<string> =>
      (await curl(running.tlsPort, `https://${NAME}/`, [version, '-i', ...more])).stdout;
    const text = await get();
    expect(text).toMatch(/content-type: text\/plain/i);
    expect(text).toMatch(/strict-transport-security: max-age=60/i);
    const [, id] = /x-request-id: ([0-9a-f]{16})/i.exec(text) ?? [];
    expect(text).toContain(`Request ${id}`);
    const page = await get('-H', 'Accept: text/html,application/xhtml+xml,*/*;q=0.8');
    expect(page).toMatch(/content-type: text\/html[^]*<h1>502 Bad Gateway<\/h1>/i);
    expect(page + text).not.toMatch(/127\.0\.0\.1|ECONN/);
  });

  it('redirect for endpoints that only point elsewhere', async () => {
    await using running = await startTerminator();
    const redirect = { location: 'https://www.example.com', keepsPath: true, status: 308 };
    serve(running, [], { redirect, hsts: 'max-age=60' });
    const args = [version, '-i', '-d', 'body'];
    const { stdout } = await curl(running.tlsPort, `https://${NAME}/x?y=1`, args);
    expect(stdout).toMatch(/^HTTP\/\S+ 308/);
    expect(stdout).toMatch(/location: https:\/\/www\.example\.com\/x\?y=1\r\n/i);
    expect(stdout).toMatch(/strict-transport-security: max-age=60/i);
  });
});

describe('upstreams', () => {
  it('are tried in turn until one can be connected to, whatever the method', async () => {
    await using upstream = await startHttp((request, response) => request.pipe(response));
    await using running = await startTerminator();
    serve(running, [at('http', 1), at('https', 1), at('h2c', 1), at('http', upstream.port)]);
    for (const version of ['--http1.1', '--http2']) {
      const args = [version, '-d', 'once'];
      const { stdout } = await curl(running.tlsPort, `https://${NAME}/`, args);
      expect(stdout).toBe('once');
    }
  });

  it('may be https, verified by name and roots', async () => {
    const { chainPem: cert, privateKeyPem: key } = credential;
    const server = createHttpsServer({ cert, key }, (_request, response) => response.end('tls'));
    await using upstream = await listen(server);
    await using running = await startTerminator();
    const base = at('https', upstream.port);
    const get = async (tls: Upstream['tls']): Promise<string> => {
      serve(running, [tls === undefined ? base : { ...base, tls }]);
      return (await curl(running.tlsPort, `https://${NAME}/`)).stdout;
    };
    expect(await get({ caPem: cert, serverName: 'upstream.test' })).toBe('tls');
    expect(await get({ caPem: cert, serverName: 'other.test' })).toContain('cannot be reached');
    expect(await get(undefined)).toContain('cannot be reached');
  });

  it('that do not finish a connection in time are answered for with 504', async () => {
    await using silent = await startTcp((socket) => socket.resume());
    await using running = await startTerminator({ limits: { connectMs: 300 } });
    serve(running, [at('https', silent.port)]);
    const upgrade = ['--http1.1', '-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket'];
    for (const args of [['--http2'], ['--http1.1'], upgrade]) {
      const all = [...args, '-o', '/dev/null', '-w', '%{http_code}'];
      expect((await curl(running.tlsPort, `https://${NAME}/`, all)).stdout).toBe('504');
    }
  });

  it('may listen on unix sockets', async () => {
    await using directory = await openTempDir();
    const path = directory.file('upstream.sock');
    const { createServer: createHttp } = await import('node:http');
    const server = createHttp((_request, response) => response.end('unix'));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await using running = await startTerminator();
    serve(running, [{ scheme: 'http', target: { path } }]);
    expect((await curl(running.tlsPort, `https://${NAME}/`)).stdout).toBe('unix');
    server.close();
    server.closeAllConnections();
  });

  it('serve http endpoints without TLS, after the answers to challenges', async () => {
    await using upstream = await startHttp((request, response) =>
      response.end(`${String(request.headers['x-forwarded-proto'])} ${request.headers.forwarded}`),
    );
    await using running = await startTerminator();
    running.feed.put({
      host: parseName(NAME),
      protocol: 'http',
      upstreams: [at('http', upstream.port)],
      hsts: 'max-age=60',
    });
    const url = `http://127.0.0.2:${running.httpPort}`;
    const get = async (path: string): Promise<string> =>
      (await runProgram('curl', ['-si', '-H', `Host: ${NAME}`, `${url}${path}`])).stdout;
    const plain = await get('/');
    expect(plain).toMatch(/http for=127\.0\.0\.1;host=a\.example\.com;proto=http$/);
    expect(plain).not.toMatch(/strict-transport/i);
    expect(await get('/.well-known/acme-challenge/x')).toMatch(/^HTTP\/1.1 404/);
  });
});

it('answers 503 to those that would have to wait in too long a row', async () => {
  await using upstream = await startTcp((socket) => socket.resume());
  await using running = await startTerminator({
    limits: { upstreamConnections: 1, streams: 2_000 },
  });
  serve(running, [at('http', upstream.port)]);
  const session = connectHttp2(`https://${HOST}:${running.tlsPort}`, {
    servername: NAME,
    rejectUnauthorized: false,
    peerMaxConcurrentStreams: 2_000,
  });
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  const { promise: status, resolve } = Promise.withResolvers<unknown>();
  for (let count = 0; count < 1_100; count += 1) {
    const stream = session.request({ ':authority': NAME });
    stream.on('error', () => {});
    stream.once('response', (fields) => resolve(fields[':status']));
  }
  expect(await status).toBe(503);
  session.destroy();
});

describe('connection pace', () => {
  it.each(['h1', 'h2'])('a client that stalls does not fill memory: %s', async (version) => {
    let sent = 0;
    await using upstream = await startHttp((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const fill = (): void => {
        while (!response.destroyed && sent < 1_000_000_000) {
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', fill);
            return;
          }
        }
      };
      fill();
    });
    await using running = await startTerminator();
    serve(running, [at('http', upstream.port)]);
    const end = await stalledDownload(version, running.tlsPort);
    await settled(() => sent);
    // What the kernel buffers on two connections, and what the streams do.
    expect(sent).toBeLessThan(32_000_000);
    end();
  });

  it.each(['http', 'h2c'] as const)('nor does an upstream that stalls: %s', async (scheme) => {
    await using upstream =
      scheme === 'http' ? await startTcp((socket) => socket.pause()) : await startHttp2(() => {});
    await using running = await startTerminator();
    serve(running, [at(scheme, upstream.port)]);
    const client = await connectHttp1(running.tlsPort, NAME);
    client.write(`POST / HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 1000000000\r\n\r\n`);
    const chunk = Buffer.alloc(65_536);
    const fill = (): void => {
      while (!client.destroyed && client.bytesWritten < 1_000_000_000) {
        if (!client.write(chunk)) {
          client.once('drain', fill);
          return;
        }
      }
    };
    fill();
    await settled(() => client.bytesWritten);
    expect(client.bytesWritten).toBeLessThan(32_000_000);
    client.destroy();
  });
});

async function stalledDownload(version: string, port: number): Promise<() => void> {
  if (version === 'h1') {
    const client = await connectHttp1(port, NAME);
    client.write(`GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
    client.pause();
    return () => client.destroy();
  }
  const session = connectHttp2(`https://${HOST}:${port}`, {
    servername: NAME,
    rejectUnauthorized: false,
  });
  session.on('error', () => {});
  const stream = session.request({ ':authority': NAME });
  stream.on('error', () => {});
  await once(stream, 'response');
  stream.pause();
  return () => session.destroy();
}

/** Waits until a figure no longer grows. */
async function settled(figure: () => number): Promise<void> {
  let before = -1;
  await expect
    .poll(
      () => {
        const isSettled = figure() === before && figure() > 0;
        before = figure();
        return isSettled;
      },
      { interval: 500, timeout: 15_000 },
    )
    .toBe(true);
}

async function listen(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server)
          (server as never as { closeAllConnections(): void }).closeAllConnections();
      }),
  };
}
