/**
 * Judges one HTTP request, and has it answered: by an upstream, or here.
 *
 * @module
 */
import { judgeAuthority } from './authority.ts';
import { answer, type ErrorPage } from './error-page.ts';
import type { Exchange } from './exchange.ts';
import { Passage, type ProxyParts } from './passage.ts';
import { redirect } from './redirect.ts';

export function proxyRequest(exchange: Exchange, parts: ProxyParts): void {
  observe(exchange, parts);
  const objection = objectionTo(exchange);
  if (objection !== undefined) {
    answer(exchange, objection);
    return;
  }
  if (exchange.connection.endpoint.redirect !== undefined) redirect(exchange);
  else new Passage(exchange, parts).begin();
}

/** Counts a request, and writes it down when it is over. */
export function observe(exchange: Exchange, { counters, observation }: ProxyParts): void {
  counters.requests += 1;
  const startedAt = performance.now();
  exchange.span = exchange.connection.visit.span?.child('request');
  exchange.onClose(() => observation.answered(exchange, startedAt));
}

export const NO_FORWARD_PROXY: ErrorPage = {
  status: 501,
  text: 'This server is no forward proxy.',
};

/** Why a request cannot be passed on. */
export function objectionTo(
  request: Pick<Exchange, 'method' | 'path' | 'authority' | 'connection'>,
): ErrorPage | undefined {
  if (request.method === 'CONNECT') return NO_FORWARD_PROXY;
  // RFC 9112 §3.2.2: a whole URL would name the host a second time, and perhaps another one.
  if (!request.path.startsWith('/')) {
    return { status: 400, text: 'The request target must be a path.' };
  }
  // HTTP/2 has no lines that these could tear apart; HTTP/1.1 has.
  if (UNFIT.test(request.path) || !TOKEN.test(request.method)) {
    return { status: 400, text: 'The request is not valid.' };
  }
  switch (judgeAuthority(request.authority, request.connection)) {
    case 'malformed':
      return { status: 400, text: 'The Host of the request is not valid.' };
    case 'misdirected':
      return { status: 421, text: 'This connection is for another host.' };
    case 'accepted':
  }
  return undefined;
}

const UNFIT = /[^\x21-\x7e\x80-\xff]/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
