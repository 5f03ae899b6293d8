/**
 * Reads the ClientHello of a connection and leaves the bytes in it.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Refusal } from '../observe/counts.ts';
import { type ClientHello, readClientHello } from '../wire/client-hello.ts';
import type { TerminatorLimits } from './settings.ts';

export type HelloFailure = Extract<Refusal, 'hello-left' | 'hello-timeout' | 'hello-too-long'>;

/**
 * Why not, when the client closes, takes too long or sends too much; the socket is then destroyed.
 *
 * @throws `peer/client-hello` when the bytes are something else.
 */
export function peekHello(
  raw: Socket,
  limits: Pick<TerminatorLimits, 'helloBytes' | 'helloMs'>,
): Promise<ClientHello | HelloFailure> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHello | HelloFailure>();
  let bytes: Buffer = Buffer.alloc(0);

  const settle = (): void => {
    clearTimeout(timer);
    raw.off('readable', onReadable);
    raw.off('end', onLeft);
    raw.off('close', onLeft);
  };
  const giveUp = (failure: HelloFailure): void => {
    settle();
    raw.destroy();
    resolve(failure);
  };
  const onLeft = (): void => giveUp('hello-left');
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
        giveUp('hello-too-long');
        return;
      }
    }
  };
  const timer = setTimeout(() => giveUp('hello-timeout'), limits.helloMs);
  raw.on('readable', onReadable);
  raw.on('end', onLeft);
  raw.on('close', onLeft);
  return promise;
}
