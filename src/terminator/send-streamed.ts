/**
 * Sends a request on a connection of its own: with trailers, with a wait for 100, or to upgrade.
 *
 * @module
 */
import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import type { Socket } from 'node:net';
import { toUpstreamTrailers } from './forwarded-headers.ts';
import { hasNoContent } from './send-pooled.ts';
import type { TerminatorLimits } from './settings.ts';
import type { ResponseSink, UpstreamRequest } from './upstream-request.ts';

type StreamedLimits = Pick<TerminatorLimits, 'responseMs' | 'idleMs'>;

/** @throws for a request that HTTP/1.1 cannot carry. */
export function openRequest(
  socket: Socket,
  { method, path, headers }: Pick<UpstreamRequest, 'method' | 'path' | 'headers'>,
  { responseMs }: StreamedLimits,
): ClientRequest {
  const sent = startRequest({
    createConnection: () => socket,
    method,
    path,
    headers,
    setHost: false,
    maxHeaderSize: LONGEST_RESPONSE_HEADER,
  });
  sent.setTimeout(responseMs, () => {
    const late = new Error(`no response in ${responseMs} ms`);
    sent.destroy(Object.assign(late, { code: 'ETIMEDOUT' }));
  });
  return sent;
}

export const LONGEST_RESPONSE_HEADER = 65_536;

/** @throws for a request that HTTP/1.1 cannot carry. */
export function sendStreamed(
  socket: Socket,
  request: UpstreamRequest,
  sink: ResponseSink,
  limits: StreamedLimits,
): void {
  const { body, method, expectsContinue } = request;
  const headers = [...request.headers, 'connection', 'close'];
  if (expectsContinue) headers.push('expect', '100-continue');
  const isChunked = body !== undefined && !headers.includes('content-length');
  if (isChunked) headers.push('transfer-encoding', 'chunked');
  const sent = openRequest(socket, { ...request, headers }, limits);
  let response: IncomingMessage | undefined;
  sent.on('error', (error) => sink.onError(error));
  sent.on('information', ({ statusCode, headers: fields }) => {
    sink.onInformation(statusCode, fields);
  });
  sent.once('response', (arrived) => {
    response = arrived;
    sent.setTimeout(limits.idleMs);
    receive(arrived, method, sink);
  });
  sink.onStart({ abort: () => void sent.destroy(), resume: () => void response?.resume() });
  if (body === undefined) {
    sent.end();
    return;
  }
  sent.flushHeaders();
  body.on('data', (chunk) => {
    if (!sent.write(chunk)) body.pause();
  });
  sent.on('drain', () => body.resume());
  body.once('end', () => {
    const trailers = isChunked ? toUpstreamTrailers(request.trailers()) : [];
    if (trailers.length > 0) sent.addTrailers(pairs(trailers));
    sent.end();
  });
  body.once('error', (error) => sent.destroy(error));
  sent.once('close', () => body.destroy());
}

function receive(response: IncomingMessage, method: string, sink: ResponseSink): void {
  const { statusCode = 0, headersDistinct } = response;
  const fields: Record<string, string | string[]> = {};
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    fields[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  response.on('data', (chunk: Buffer) => {
    if (!sink.onData(chunk)) response.pause();
  });
  response.once('end', () => sink.onEnd(response.trailersDistinct));
  response.once('error', (error) => sink.onError(error));
  sink.onResponse(statusCode, fields, {
    isComplete: hasNoContent(method, statusCode, fields),
    mayHaveTrailers: fields['transfer-encoding'] !== undefined,
  });
}

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    found.push([flat[index] ?? '', flat[index + 1] ?? '']);
  }
  return found;
}
