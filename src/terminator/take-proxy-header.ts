/**
 * Takes the PROXY protocol header from a connection and leaves what follows it.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type ProxyHeader, proxyHeaderError, readProxyHeader } from '../wire/proxy-header.ts';

/** @throws `peer/proxy-header`, also after `timeoutMs`; the socket is then still open. */
export function takeProxyHeader(raw: Socket, timeoutMs: number): Promise<ProxyHeader> {
  const { promise, resolve, reject } = Promise.withResolvers<ProxyHeader>();
  let bytes: Buffer = Buffer.alloc(0);

  const settle = (): void => {
    clearTimeout(timer);
    raw.off('readable', onReadable);
    raw.off('end', cutOff);
    raw.off('close', cutOff);
  };
  const fail = (error: unknown): void => {
    settle();
    reject(error);
  };
  const cutOff = (): void => {
    const reason = bytes.length === 0 ? 'absent' : 'cut-off';
    fail(proxyHeaderError(reason, 'the stream ended in the middle'));
  };
  const onReadable = (): void => {
    for (;;) {
      const chunk = raw.read() as Buffer | null;
      if (chunk === null) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      try {
        const header = readProxyHeader(bytes);
        if (header === 'incomplete') continue;
        settle();
        const rest = bytes.subarray(header.length);
        if (rest.length > 0) raw.unshift(rest);
        resolve(header);
      } catch (thrown) {
        fail(thrown);
      }
      return;
    }
  };
  const timer = setTimeout(
    () => fail(proxyHeaderError('cut-off', `it did not arrive within ${timeoutMs} ms`)),
    timeoutMs,
  );
  raw.on('readable', onReadable);
  raw.on('end', cutOff);
  raw.on('close', cutOff);
  return promise;
}
