/**
 * Reads the ClientHello of a connection and leaves the bytes in it.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type ClientHello, readClientHello } from '../wire/client-hello.ts';
import type { TerminatorLimits } from './settings.ts';

/**
 * `undefined` when the client closes, takes too long or sends too much; the socket is then destroyed.
 *
 * @throws `peer/client-hello` when the bytes are something else.
 */
export function peekHello(
  raw: Socket,
  limits: Pick<TerminatorLimits, 'helloBytes' | 'helloMs'>,
): Promise<ClientHello | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHello | undefined>();
  let bytes: Buffer = Buffer.alloc(0);

  const settle = (): void => {
    clearTimeout(timer);
    raw.off('readable', onReadable);
    raw.off('end', giveUp);
    raw.off('close', giveUp);
  };
  const giveUp = (): void => {
    settle();
    raw.destroy();
    resolve(undefined);
  };
  const onReadable = (): void => {
    for (;;) {
      const chunk = raw.read() as Buffer | null;
      if (chunk === null) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      try {
        // A client may send what belongs after the hello right behind it.
        const hello = readClientHello(bytes.subarray(0, limits.helloBytes));
        if (hello !== 'incomplete') {
          settle();
          raw.unshift(bytes);
          resolve(hello);
          return;
        }
      } catch (thrown) {
        settle();
        reject(thrown);
        return;
      }
      if (bytes.length >= limits.helloBytes) {
        giveUp();
        return;
      }
    }
  };
  const timer = setTimeout(giveUp, limits.helloMs);
  raw.on('readable', onReadable);
  raw.on('end', giveUp);
  raw.on('close', giveUp);
  return promise;
}
