/**
 * What a worker process is started with, on its command line: readable for everybody, so no secret.
 *
 * @module
 */
import { join } from 'node:path';
import { z } from 'zod';
import { LOG_LEVELS, type LogLevel } from '../../observe/log.ts';
import type { RunAs } from './drop-privileges.ts';

export interface WorkerStart {
  readonly logLevel: LogLevel;
  /** The directory of the workers' sockets. */
  readonly socketDir: string;
  readonly identity: string;
  /** Whom the worker becomes when its addresses are bound. */
  readonly runAs?: RunAs;
  /** Whether others listen on the same ports, with sockets of their own. */
  readonly reusePort: boolean;
  /** Sockets that listen already. */
  readonly inherited: readonly InheritedListener[];
}

export interface InheritedListener {
  readonly address: string;
  readonly port: number;
  readonly descriptor: number;
}

const workerStart = z.object({
  logLevel: z.enum(LOG_LEVELS),
  socketDir: z.string(),
  identity: z.string(),
  runAs: z.object({ uid: z.int(), gid: z.int() }).exactOptional(),
  reusePort: z.boolean(),
  inherited: z.array(z.object({ address: z.string(), port: z.int(), descriptor: z.int() })),
});

/** @throws when this is no start of a worker */
export function parseWorkerStart(argument: string | undefined): WorkerStart {
  return workerStart.parse(JSON.parse(argument ?? ''));
}

/** Who finds the socket knows the process, whatever that process says of itself. */
export function workerSocketPath(directory: string, pid: number): string {
  return join(directory, `worker-${pid}.sock`);
}

/** The process to which a file of the directory belongs, if it is a worker's socket. */
export function workerOfSocket(file: string): number | undefined {
  const [, pid] = /^worker-([1-9]\d{0,9})\.sock$/.exec(file) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Octets of the longest message. A worker is asked for little, and is given whole chains. */
export const LONGEST_TO_WORKER = 32 * 1024 * 1024;
export const LONGEST_FROM_WORKER = 8 * 1024 * 1024;
