/**
 * Takes the PROXY protocol header from a connection and leaves what follows it.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type ProxyHeader, proxyHeaderError, readProxyHeader } from '../wire/proxy-header.ts';
import { readAhead } from './read-ahead.ts';

/** @throws `peer/proxy-header`, also after `timeoutMs`; the socket is then still open. */
export async function takeProxyHeader(raw: Socket, timeoutMs: number): Promise<ProxyHeader> {
  const found = await readAhead(raw, timeoutMs, (bytes) => {
    const header = readProxyHeader(bytes);
    return header === 'incomplete' ? undefined : { value: header, taken: header.length };
  });
  if ('value' in found) return found.value;
  if (found.reason === 'late') {
    throw proxyHeaderError('cut-off', `it did not arrive within ${timeoutMs} ms`);
  }
  const reason = found.received === 0 ? 'absent' : 'cut-off';
  throw proxyHeaderError(reason, 'the stream ended in the middle');
}
