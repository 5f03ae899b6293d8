/**
 * HTTP exchanges of bounded time and size.
 *
 * @module
 */
import { rootCertificates } from 'node:tls';
import { SECOND_MS } from '../core/clock.ts';

export interface TransportOptions {
  /** Trusted beside the usual authorities. */
  readonly caPem?: string | undefined;
}

export interface TransportRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TransportAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Transport {
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer>;
  close(): Promise<void>;
}

export async function openTransport({ caPem }: TransportOptions): Promise<Transport> {
  const { Agent } = await import('undici');
  const agent = new Agent({
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
    },
    connections: MOST_CONNECTIONS,
  });
  return {
    send: async ({ method, url, headers, body }, signal) => {
      const response = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers,
        ...(body === '' ? {} : { body }),
        signal,
      });
      const text = await readBounded(response.body);
      return { status: response.statusCode, headers: response.headers, text };
    },
    close: () => agent.destroy(),
  };
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) throw new Error(`the answer exceeds ${MOST_BODY_BYTES} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
const MOST_BODY_BYTES = 4 * 1024 * 1024;
const MOST_CONNECTIONS = 4;
