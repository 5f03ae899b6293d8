/**
 * Small answers of our own, as page or as plain text.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Exchange } from './exchange.ts';
import { valuesOf } from './flat-headers.ts';
import { strictTransportSecurity } from './strict-transport-security.ts';

/** Ties what the client sees to a line of the log. */
export function createRequestId(): string {
  return randomBytes(REQUEST_ID_OCTETS).toString('hex');
}

const REQUEST_ID_OCTETS = 8;

export interface ErrorPage {
  readonly status: number;
  readonly text: string;
  readonly requestId?: string | undefined;
}

export function answer(exchange: Exchange, page: ErrorPage): void {
  const { type, body } = render(page, acceptsHtml(valuesOf(exchange.headers, 'accept')));
  exchange.respond(page.status, {
    'content-type': type,
    'content-length': String(body.length),
    'cache-control': 'no-store',
    ...(page.requestId === undefined ? {} : { 'x-request-id': page.requestId }),
    ...strictTransportSecurity(exchange.connection),
  });
  if (exchange.method !== 'HEAD') exchange.write(body);
  exchange.end();
}

/** For connections that have left HTTP's own machinery. */
export function rawResponse(page: ErrorPage): string {
  const { type, body } = render(page, false);
  return [
    `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status] ?? ''}`,
    'connection: close',
    `content-type: ${type}`,
    `content-length: ${body.length}`,
    '',
    body.toString(),
  ].join('\r\n');
}

/** Only constants of ours are in the text, so that nothing needs escaping. */
function render(page: ErrorPage, isHtml: boolean): { type: string; body: Buffer } {
  const { status, text, requestId } = page;
  const reference = requestId === undefined ? '' : `Request ${requestId}`;
  if (!isHtml) {
    const lines = [text, ...(reference === '' ? [] : [reference]), ''];
    return { type: 'text/plain; charset=utf-8', body: Buffer.from(lines.join('\n')) };
  }
  const title = `${status} ${STATUS_CODES[status] ?? ''}`;
  const html = [
    '<!doctype html>',
    `<html lang="en"><meta charset="utf-8"><title>${title}</title>`,
    `<h1>${title}</h1>`,
    `<p>${text}</p>`,
    ...(reference === '' ? [] : [`<p><small>${reference}</small></p>`]),
    '</html>',
    '',
  ];
  return { type: 'text/html; charset=utf-8', body: Buffer.from(html.join('\n')) };
}

/** Browsers name text/html; programs that say `*` and nothing else are better off with text. */
function acceptsHtml(accept: readonly string[]): boolean {
  return /(?:^|[,\s])text\/html(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accept.join(','));
}
