/**
 * Reads what comes first on a connection, and leaves in it what is for others.
 *
 * @module
 */
import type { Socket } from 'node:net';

export interface Found<Value> {
  readonly value: Value;
  /** How many octets are not left in the connection. */
  readonly taken: number;
}

/** Why there is nothing: the client closed, or took too long. */
export interface Nothing {
  readonly reason: 'left' | 'late';
  /** How many octets came all the same. */
  readonly received: number;
}

/**
 * The socket stays open, whatever happens.
 *
 * @param look at all that has come so far; `undefined` waits for more, and what it throws is thrown
 */
export function readAhead<Value>(
  raw: Socket,
  timeoutMs: number,
  look: (bytes: Buffer) => Found<Value> | undefined,
): Promise<Found<Value> | Nothing> {
  const { promise, resolve, reject } = Promise.withResolvers<Found<Value> | Nothing>();
  let bytes: Buffer = Buffer.alloc(0);

  const settle = (): void => {
    clearTimeout(timer);
    raw.off('readable', onReadable);
    raw.off('end', onLeft);
    raw.off('close', onLeft);
  };
  const giveUp = (reason: Nothing['reason']): void => {
    settle();
    resolve({ reason, received: bytes.length });
  };
  const onLeft = (): void => giveUp('left');
  const onReadable = (): void => {
    for (;;) {
      const chunk = raw.read() as Buffer | null;
      if (chunk === null) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      try {
        const found = look(bytes);
        if (found === undefined) continue;
        settle();
        const rest = bytes.subarray(found.taken);
        if (rest.length > 0) raw.unshift(rest);
        resolve(found);
      } catch (thrown) {
        settle();
        reject(thrown);
      }
      return;
    }
  };
  const timer = setTimeout(() => giveUp('late'), timeoutMs);
  raw.on('readable', onReadable);
  raw.on('end', onLeft);
  raw.on('close', onLeft);
  return promise;
}
