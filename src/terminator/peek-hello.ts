/**
 * Reads the ClientHello of a connection and leaves the bytes in it.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Refusal } from '../observe/counts.ts';
import { type ClientHello, readClientHello } from '../wire/client-hello.ts';
import { readAhead } from './read-ahead.ts';
import type { TerminatorLimits } from './settings.ts';

export type HelloFailure = Extract<Refusal, 'hello-left' | 'hello-timeout' | 'hello-too-long'>;

/**
 * Why not, when the client closes, takes too long or sends too much; the socket is then destroyed.
 *
 * @throws `peer/client-hello` when the bytes are something else.
 */
export async function peekHello(
  raw: Socket,
  { helloBytes, helloMs }: Pick<TerminatorLimits, 'helloBytes' | 'helloMs'>,
): Promise<ClientHello | HelloFailure> {
  const found = await readAhead<ClientHello | 'hello-too-long'>(raw, helloMs, (bytes) => {
    // A client may send what belongs after the hello right behind it.
    const hello = readClientHello(bytes.subarray(0, helloBytes));
    if (hello !== 'incomplete') return { value: hello, taken: 0 };
    return bytes.length < helloBytes ? undefined : { value: 'hello-too-long', taken: bytes.length };
  });
  if ('reason' in found || found.value === 'hello-too-long') raw.destroy();
  if ('value' in found) return found.value;
  return found.reason === 'left' ? 'hello-left' : 'hello-timeout';
}
