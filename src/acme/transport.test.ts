import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type HttpsServer, openHttpsServer, type Script } from '../../test/support/https-server.ts';
import { systemClock } from '../core/clock.ts';
import { openTransport, type Transport, type TransportOptions } from './transport.ts';

const attempted = 'read its directory';

function transportTo(server: HttpsServer, options: Partial<TransportOptions> = {}): Transport {
  return openTransport({
    caBundle: server.root,
    userAgent: 'certctl/test',
    clock: systemClock,
    ...options,
  });
}

async function faultOf(script: Script, limitBytes?: number): Promise<unknown> {
  await using server = await openHttpsServer(script);
  await using transport = transportTo(server, { requestTimeoutMs: 300 });
  // Awaited here, as the server is gone after the return.
  return await transport
    .send({ method: 'GET', url: server.url, attempted, limitBytes })
    .catch((thrown: unknown) => thrown);
}

describe('openTransport', () => {
  it('sends nothing before it has leave to, and nothing at all when that is aborted', async () => {
    await using server = await openHttpsServer(() => ({ body: 'hello' }));
    const leave = Promise.withResolvers<void>();
    const throttle = (signal?: AbortSignal): Promise<void> => {
      signal?.addEventListener('abort', () => leave.reject(signal.reason as Error));
      return leave.promise;
    };
    await using transport = transportTo(server, { throttle });
    const abort = new AbortController();
    const request = { method: 'GET', url: server.url, attempted } as const;
    const sending = transport.send(request, abort.signal);
    expect(server.requests).toHaveLength(0);
    abort.abort(new Error('stop'));
    await expect(sending).rejects.toThrow('stop');
    expect(server.requests).toHaveLength(0);
  });

  it('sends a User-Agent and the type of a JWS, and joins repeated headers', async () => {
    const headers = { link: ['<a>;rel=index', '<b>;rel=alternate'] };
    await using server = await openHttpsServer(() => ({ headers, body: 'hello' }));
    await using transport = transportTo(server);
    const response = await transport.send({
      method: 'POST',
      url: server.url,
      attempted,
      body: '{}',
    });
    expect(response).toMatchObject({ status: 200, body: 'hello' });
    expect(response.headers['link']).toBe('<a>;rel=index, <b>;rel=alternate');
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      body: '{}',
      headers: { 'user-agent': 'certctl/test', 'content-type': 'application/jose+json' },
    });
  });

  it('does not follow redirects', async () => {
    await using server = await openHttpsServer(() => ({
      status: 302,
      headers: { location: '/x' },
    }));
    await using transport = transportTo(server);
    const response = await transport.send({ method: 'GET', url: server.url, attempted });
    expect(response.status).toBe(302);
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a certificate that no root vouches for', async () => {
    await using server = await openHttpsServer(() => ({}));
    await using transport = transportTo(server, { caBundle: undefined });
    const sent = transport.send({ method: 'GET', url: server.url, attempted });
    await expect(sent).rejects.toMatchObject({
      code: 'acme/untrusted',
      message: expect.stringMatching(
        /^the certificate of 127\.0\.0\.1:\d+ is not trusted, to read/,
      ),
      mend: expect.stringContaining('--ca-bundle'),
    });
    expect(server.requests).toHaveLength(0);
  });

  it('names the address that nobody listens on', async () => {
    const server = await openHttpsServer(() => ({}));
    await server[Symbol.asyncDispose]();
    await using transport = transportTo(server);
    await expect(
      transport.send({ method: 'GET', url: server.url, attempted }),
    ).rejects.toMatchObject({
      code: 'acme/unreachable',
      message: expect.stringMatching(
        /^cannot reach 127\.0\.0\.1:\d+ to read its directory: nothing/,
      ),
    });
  });

  it('names a server that speaks something else than TLS', async () => {
    const server = createServer((socket) => socket.end('220 mail.example ESMTP\r\n'));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using transport = openTransport({ userAgent: 'certctl/test', clock: systemClock });
    await expect(transport.send({ method: 'GET', url, attempted })).rejects.toMatchObject({
      code: 'acme/unreachable',
      message: expect.stringContaining('it does not speak TLS'),
    });
    server.close();
  });

  it('gives up on a server that does not answer', async () => {
    expect(await faultOf(() => 'hang')).toMatchObject({ code: 'acme/timeout' });
  });

  it('reports a connection that is cut', async () => {
    expect(await faultOf(() => 'cut')).toMatchObject({ code: 'acme/unreachable' });
  });

  it('stops reading at its limit', async () => {
    const body = 'x'.repeat(2_000);
    expect(await faultOf(() => ({ body }), 1_999)).toMatchObject({ code: 'acme/bad-response' });
    expect(await faultOf(() => ({ body }), 2_000)).toMatchObject({ status: 200 });
  });

  it('stops with the reason of the signal', async () => {
    await using server = await openHttpsServer(({ path }) => (path === '/hang' ? 'hang' : {}));
    await using transport = transportTo(server);
    const stop = new AbortController();
    await transport.send({ method: 'GET', url: server.url, attempted }, stop.signal);
    const hanging = transport.send(
      { method: 'GET', url: `${server.url}/hang`, attempted },
      stop.signal,
    );
    stop.abort(new Error('stopped'));
    await expect(hanging).rejects.toThrow('stopped');
    const late = transport.send({ method: 'GET', url: server.url, attempted }, stop.signal);
    await expect(late).rejects.toThrow('stopped');
  });

  it('ends what is under way when it is closed', async () => {
    await using server = await openHttpsServer(() => 'hang');
    const transport = transportTo(server);
    const sent = transport.send({ method: 'GET', url: server.url, attempted });
    await transport[Symbol.asyncDispose]();
    await expect(sent).rejects.toThrow('the ACME client was closed');
  });

  it.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'refuses the CA bundle %j',
    (caBundle) => {
      const open = (): Transport =>
        openTransport({ caBundle, userAgent: 'certctl/test', clock: systemClock });
      expect(open).toThrow(expect.objectContaining({ code: 'input/invalid' }));
    },
  );
});
