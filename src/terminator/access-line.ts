/**
 * Lines of the access log: one JSON object a connection or request, never longer than a page.
 *
 * @module
 */
import { upstreamText } from '../feed/upstream.ts';
import { valuesOf } from './flat-headers.ts';
import type { Answered, Visit } from './visit.ts';

export interface ConnectionEnd {
  readonly milliseconds: number;
  readonly now: Date;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export function connectionLine(visit: Visit, end: ConnectionEnd): string {
  return lineOf({
    time: startOf(end.now, end.milliseconds),
    type: 'connection',
    ...placeOf(visit, visit.tally.endpoint, visit.client.clientAddress),
    refused: visit.refusal,
    upstream: visit.upstream && cut(upstreamText(visit.upstream), LONGEST_WORD),
    durationMs: rounded(end.milliseconds),
    bytesIn: end.bytesIn,
    bytesOut: end.bytesOut,
  });
}

export function requestLine(
  request: Answered,
  milliseconds: number,
  now: Date,
  hasQuery: boolean,
): string {
  const { connection, path, upstream, headers, origin } = request;
  const { visit, tally } = connection;
  const [beforeQuery = ''] = path.split('?', 1);
  return lineOf({
    time: startOf(now, milliseconds),
    type: 'request',
    ...placeOf(visit, tally.endpoint, origin.clientAddress),
    http: request.version,
    method: cut(request.method, LONGEST_WORD),
    host: cut(request.authority, LONGEST_WORD),
    // A query may carry what is secret.
    path: cut(hasQuery ? path : beforeQuery, LONGEST_PATH),
    status: request.status === 0 ? undefined : request.status,
    complete: request.isComplete ? undefined : false,
    requestId: request.requestId,
    userAgent: cut(valuesOf(headers, 'user-agent')[0], LONGEST_AGENT),
    upstream: upstream && cut(upstreamText(upstream), LONGEST_WORD),
    durationMs: rounded(milliseconds),
    bytesOut: request.bytesOut,
  });
}

/** An absent value has no key. */
function lineOf(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(fields)}\n`;
}

function placeOf(visit: Visit, endpoint: string, address: string) {
  const { client, listener, serverName, tls, span } = visit;
  return {
    client: address,
    // The port belongs to the other end of the connection, and that can be a proxy.
    ...(address === client.clientAddress
      ? { port: client.clientPort }
      : { proxy: client.clientAddress }),
    listener,
    endpoint: endpoint === '' ? undefined : endpoint,
    serverName,
    traceId: span?.context.traceId,
    tls: tls && {
      version: tls.version,
      cipher: tls.cipher,
      group: tls.group,
      alpn: tls.protocol,
      resumed: tls.isResumed,
      clientCertificate: tls.clientCertificate?.fingerprint256,
    },
  };
}

/** Quotes count twice; a line full of them is still shorter than what a pipe takes whole. */
const LONGEST_WORD = 128;
const LONGEST_PATH = 768;
const LONGEST_AGENT = 160;

function cut(text: string | undefined, longest: number): string | undefined {
  if (text === undefined) return undefined;
  const shown = text.length > longest ? text.slice(0, longest) : text;
  return PLAIN.test(shown) ? shown : shown.replace(UNPLAIN, '?').slice(0, longest);
}

const PLAIN = /^[\x20-\x7e]*$/;
const UNPLAIN = /[^\x20-\x7e]/g;

function startOf(now: Date, milliseconds: number): string {
  return new Date(now.getTime() - milliseconds).toISOString();
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
