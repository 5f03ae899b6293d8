/**
 * Whether a process of this host lives; one that only waits to be collected does not.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
