/**
 * One bounded HTTP or HTTPS exchange with a test server, by Node's own client.
 *
 * @module
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

const TIMEOUT_MS = 10_000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface RequestOptions {
  /** Sent as POST; without it the request is a GET. */
  readonly body?: string;
  /** PEM certificates that are trusted instead of the usual ones. */
  readonly ca?: string;
}

export function requestText(url: string, options: RequestOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const request = send(url, {
    method: options.body === undefined ? 'GET' : 'POST',
    agent: false,
    // RFC 8555 §6.1: a request without user agent is refused.
    headers: { 'user-agent': 'certctl-test' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  request.once('error', reject);
  request.once('response', (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      body += text;
    });
    response.once('error', reject);
    response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
  });
  request.end(options.body);
  return promise;
}
