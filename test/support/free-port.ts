/**
 * Ports on which nothing listens.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which Linux takes the local ports of outgoing connections: a port that is
// free at the check stays so until it is used.
const LOWEST = 12_000;
const HIGHEST = 32_000;
const MOST_TRIES = 100;

/** A port that is free on all addresses of this machine. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no port was chosen');
  return port;
}

/** `count` different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries += 1) {
    if (tries > MOST_TRIES) throw new Error(`found only ${ports.size} of ${count} free ports`);
    const port = randomInt(LOWEST, HIGHEST);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, () => server.close(() => resolve(true)));
  return promise;
}
