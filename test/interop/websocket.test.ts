/**
 * WebSockets through the terminator, under Node's own client.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Agent, WebSocket } from 'undici';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseName } from '../../src/core/names.ts';
import type { Credential, Endpoint } from '../../src/feed/feed.ts';
import type { Upstream } from '../../src/feed/upstream.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { HOST, startTerminator, WEB } from '../support/terminator.ts';

const NAME = 'a.example.com';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['*.example.com', 'upstream.test']);
});

/** RFC 6455, as far as short text messages need it: sends each back. */
function echoMessages(server: Server): Server {
  return server.on('upgrade', (request, socket: Duplex) => {
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64');
    socket.on('error', () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', (frame: Buffer) => {
      const length = (frame[1] ?? 0) & 0x7f;
      const payload = frame
        .subarray(6, 6 + length)
        .map((octet, at) => octet ^ (frame[2 + (at % 4)] ?? 0));
      socket.write(Buffer.concat([Buffer.from([frame[0] ?? 0, length]), payload]));
      if (((frame[0] ?? 0) & 0xf) === 8) socket.end();
    });
  });
}

async function talk(port: number, allowH2 = false): Promise<string[]> {
  const agent = new Agent({
    allowH2,
    connect: {
      rejectUnauthorized: false,
      servername: NAME,
      lookup: (_name, _options, found) => found(null, [{ address: HOST, family: 4 }]),
    },
  });
  const client = new WebSocket(`wss://${NAME}:${port}/chat`, { dispatcher: agent });
  const heard: string[] = [];
  client.addEventListener('open', () => client.send('one'));
  client.addEventListener('message', ({ data }) => {
    heard.push(String(data));
    if (heard.length === 1) client.send('two');
    else client.close();
  });
  client.addEventListener('error', () => heard.push('error'));
  await once(client, 'close');
  await agent.destroy();
  return heard;
}

async function listen(server: Server, where: string | number): Promise<number> {
  await new Promise<void>((resolve) => {
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, HOST, resolve);
  });
  const address = server.address();
  return typeof address === 'string' ? 0 : (address as AddressInfo).port;
}

describe('a WebSocket', () => {
  it.each(['http', 'https', 'unix', 'second'])('goes through to an upstream: %s', async (kind) => {
    await using directory = await openTempDir();
    const { chainPem: cert, privateKeyPem: key } = credential;
    const server = echoMessages(kind === 'https' ? createHttps({ cert, key }) : createHttp());
    const path = directory.file('upstream.sock');
    const port = await listen(server, kind === 'unix' ? path : 0);
    const plain: Upstream = { scheme: 'http', target: { host: HOST, port } };
    const upstreams: Record<string, readonly Upstream[]> = {
      http: [plain],
      https: [
        {
          scheme: 'https',
          target: { host: HOST, port },
          tls: { caPem: cert, serverName: 'upstream.test' },
        },
      ],
      unix: [{ scheme: 'http', target: { path } }],
      second: [
        { scheme: 'http', target: { host: HOST, port: 1 } },
        { scheme: 'h2c', target: { host: HOST, port } },
        plain,
      ],
    };
    await using running = await startTerminator();
    const endpoint: Endpoint = {
      host: parseName(NAME),
      protocol: 'https',
      terminate: WEB,
      upstreams: upstreams[kind] ?? [],
    };
    running.feed.put(endpoint, [credential]);
    expect(await talk(running.tlsPort)).toEqual(['one', 'two']);
    expect(await talk(running.tlsPort, true)).toEqual(['one', 'two']);
    server.close();
    server.closeAllConnections();
  });

  it('hears at once when no upstream can take it', async () => {
    await using running = await startTerminator();
    const upstreams: Upstream[] = [{ scheme: 'http', target: { host: HOST, port: 1 } }];
    const endpoint = { host: parseName(NAME), protocol: 'https', terminate: WEB } as const;
    running.feed.put({ ...endpoint, upstreams }, [credential]);
    expect(await talk(running.tlsPort)).toEqual(['error']);
    expect(running.terminator.counters().upstreamFailures).toBe(1);
  });

  it.each([
    ['switches without a word about the protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 502],
    [
      'answers another key',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n',
      502,
    ],
    ['declines', 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno', 403],
  ])('over HTTP/2 hears of an upstream that %s', async (_what, answer, status) => {
    const server = createHttp().on('upgrade', (_request, socket: Duplex) => {
      socket.on('error', () => {});
      socket.end(answer);
    });
    const port = await listen(server, 0);
    await using running = await startTerminator();
    const upstreams: Upstream[] = [{ scheme: 'http', target: { host: HOST, port } }];
    const endpoint = { host: parseName(NAME), protocol: 'https', terminate: WEB } as const;
    running.feed.put({ ...endpoint, upstreams }, [credential]);
    const session = connectHttp2(`https://${NAME}:${running.tlsPort}`, {
      host: HOST,
      rejectUnauthorized: false,
    });
    const [settings] = (await once(session, 'remoteSettings')) as [
      { enableConnectProtocol?: boolean },
    ];
    expect(settings.enableConnectProtocol).toBe(true);
    // As browsers do it: without a key.
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/chat',
      ':scheme': 'https',
      ':authority': NAME,
      'sec-websocket-version': '13',
    });
    const [response] = (await once(stream, 'response')) as [{ ':status': number }];
    expect(response[':status']).toBe(status);
    session.destroy();
    server.close();
    server.closeAllConnections();
  });
});
