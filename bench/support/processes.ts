/**
 * What processes have used, as Linux counts it, and the processor that they are bound to.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Ticks of `utime` and `stime` in /proc: 100 a second wherever Linux has users. */
const TICKS_A_SECOND = 100;
const UTIME = 11;
const STIME = 12;

/** User and system time of all threads, also of those that have ended. */
export function processorSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    // The name of the program is in brackets and may have spaces.
    const fields = (readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1] ?? '').split(' ');
    ticks += Number(fields[UTIME]) + Number(fields[STIME]);
  }
  return ticks / TICKS_A_SECOND;
}

/** What they would give back if they ended: shared pages count by share. */
export function proportionalBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kibibytes(`/proc/${pid}/smaps_rollup`, 'Pss'));
}

export function residentBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kibibytes(`/proc/${pid}/status`, 'VmRSS'));
}

/** With two processors the server has the second one, and all else the first. */
export const HAS_OWN_CORE = availableParallelism() > 1;

export function onServerCore(command: Command): Command {
  return pinned(1, command);
}

export function onClientCore(command: Command): Command {
  return pinned(0, command);
}

export type Command = readonly [file: string, ...args: string[]];

function pinned(core: number, command: Command): Command {
  return HAS_OWN_CORE ? ['taskset', '-c', String(core), ...command] : command;
}

function kibibytes(file: string, field: string): number {
  const [, value] =
    new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'latin1')) ?? [];
  if (value === undefined) throw new Error(`${file} has no ${field}`);
  return Number(value) * 1_024;
}

function sum(pids: readonly number[], value: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + value(pid), 0);
}
