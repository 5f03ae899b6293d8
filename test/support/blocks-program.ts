/**
 * The program of a process that reads 128 MiB in blocks, as from a socket, and prints the most
 * mebibytes that blocks took. With the argument `note` it notes what was passed on.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { notePassed } from '../../src/terminator/passed-memory.ts';

const BLOCKS = 2_048;
const OCTETS = 65_536;

const isNoted = process.argv[2] === 'note';
let most = 0;
for (let count = 0; count < BLOCKS; count += 1) {
  const { length } = Buffer.allocUnsafeSlow(OCTETS);
  if (isNoted) notePassed(length);
  if (count % 16 === 0) await setImmediate();
  most = Math.max(most, process.memoryUsage().arrayBuffers);
}
process.stdout.write(`${Math.round(most / 1_048_576)}\n`);
