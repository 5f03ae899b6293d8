/**
 * One request over HTTPS, bounded in time and size, without redirects.
 *
 * @module
 */
import { rootCertificates } from 'node:tls';
import { AppError, systemCode } from '../core/errors.ts';

export interface HttpExchange {
  /** For messages. */
  readonly attempt: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly caPem?: string | undefined;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

const MOST_BODY_BYTES = 4 * 1024 * 1024;

/** @throws `target/unavailable` */
export async function exchange(request: HttpExchange, signal: AbortSignal): Promise<HttpAnswer> {
  const { attempt, method, url, headers, body, caPem, timeoutMs } = request;
  signal.throwIfAborted();
  const { Agent } = await import('undici');
  const agent = new Agent({
    connect: {
      timeout: timeoutMs,
      ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
    },
  });
  try {
    const response = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_BODY_BYTES) throw new Error(`the answer exceeds ${MOST_BODY_BYTES} octets`);
      chunks.push(chunk);
    }
    return { status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') };
  } catch (thrown) {
    signal.throwIfAborted();
    const reason =
      systemCode(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
    throw new AppError('target/unavailable', `${attempt}: ${url.host} gives no answer: ${reason}`, {
      mend: 'Check the address, and that its certificate is of a trusted CA (see caBundle).',
      cause: thrown,
    });
  } finally {
    await agent.destroy();
  }
}
