/**
 * The file that access lines go to: whole lines, gathered for a moment, by one writer a process.
 *
 * Workers share the file: each write appends whole lines, which the system does not mix.
 *
 * @module
 */
import { close, constants, open, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Random } from '../core/clock.ts';
import { systemCode } from '../core/errors.ts';
import type { Log } from '../observe/log.ts';

export interface AccessLogSettings {
  /** Absolute; absent for standard output. */
  readonly path?: string;
  /** The part of what went well that is written down: above 0, at most 1. */
  readonly sample: number;
  /** Whether paths have their query. */
  readonly query: boolean;
}

export class AccessLog {
  readonly #log: Log;
  readonly #random: Random;
  #settings: AccessLogSettings | undefined;
  #lines: string[] = [];
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #descriptor: number | undefined;
  /** Writes and reopenings, one after the other. */
  #turn = Promise.resolve();
  #isWriting = false;
  /** Lines that were given up, as nothing took them. */
  dropped = 0;

  constructor(log: Log, random: Random = Math.random) {
    this.#log = log;
    this.#random = random;
  }

  get isOpen(): boolean {
    return this.#settings !== undefined;
  }

  get hasQuery(): boolean {
    return this.#settings?.query === true;
  }

  /** Opens the file anew, also when the settings are the same: it may have been moved away. */
  async configure(settings: AccessLogSettings | undefined): Promise<void> {
    this.#flush();
    const reopened = this.#turn.then(() => this.#reopen(settings));
    this.#turn = reopened.catch(() => {});
    await reopened;
  }

  /** Whether a line is to be written; failures always are. */
  wants(isFailure: boolean): boolean {
    const sample = this.#settings?.sample;
    if (sample === undefined) return false;
    return isFailure || sample >= 1 || this.#random() < sample;
  }

  write(line: string): void {
    if (this.#waiting + line.length > MOST_WAITING) {
      if (this.dropped === 0) this.#log.warn({}, 'the access log does not keep up: lines are lost');
      this.dropped += 1;
      return;
    }
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#waiting >= FULL) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), DELAY_MS);
  }

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    await this.configure(undefined);
    // Standard output of somebody who does not read is given up.
    this.#lines = [];
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting || this.#lines.length === 0) return;
    this.#isWriting = true;
    this.#turn = this.#turn.then(() => this.#drain());
  }

  /** Never rejects. */
  async #drain(): Promise<void> {
    let failures = 0;
    while (this.#lines.length > 0 && failures < MOST_TRIES) {
      const descriptor = this.#settings?.path === undefined ? STDOUT : this.#descriptor;
      if (descriptor === undefined) break;
      const { count, text } = takeLines(this.#lines, descriptor === STDOUT ? PIPE_ATOM : FULL);
      try {
        await writeAll(descriptor, text);
        this.#lines.splice(0, count);
        this.#waiting -= text.length;
        failures = 0;
      } catch (thrown) {
        failures += 1;
        // A full pipe has room again when somebody has read from it.
        if (systemCode(thrown) === 'EAGAIN') await pause(DELAY_MS);
        else failures = this.#giveUp(count, text, thrown);
      }
    }
    this.#isWriting = false;
    if (this.#lines.length > 0) this.#timer ??= setTimeout(() => this.#flush(), DELAY_MS);
  }

  #giveUp(count: number, text: string, thrown: unknown): number {
    this.#lines.splice(0, count);
    this.#waiting -= text.length;
    if (this.dropped === 0) this.#log.error({ err: thrown }, 'the access log cannot be written');
    this.dropped += count;
    return 0;
  }

  async #reopen(settings: AccessLogSettings | undefined): Promise<void> {
    const path = settings?.path;
    const opened = path === undefined ? undefined : await openFile(path, FLAGS, MODE);
    // What is left goes where it would have gone.
    await this.#drain();
    const before = this.#descriptor;
    this.#descriptor = opened;
    this.#settings = settings;
    if (before !== undefined) await closeFile(before);
  }
}

const openFile = promisify(open);
const closeFile = promisify(close);
const writeFile = promisify(write);

const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const MODE = 0o640;
const STDOUT = 1;
const DELAY_MS = 200;
const FULL = 64 * 1024;
const MOST_WAITING = 4 * 1024 * 1024;
/** With the pauses in between: how long an end of the process waits for a full pipe. */
const MOST_TRIES = 10;
/** What a pipe takes whole (PIPE_BUF of Linux). */
const PIPE_ATOM = 4_096;

/** At least one line. */
function takeLines(lines: readonly string[], most: number): { count: number; text: string } {
  let count = 0;
  let length = 0;
  for (const line of lines) {
    if (count > 0 && length + line.length > most) break;
    length += line.length;
    count += 1;
  }
  return { count, text: lines.slice(0, count).join('') };
}

async function writeAll(descriptor: number, text: string): Promise<void> {
  // Lines are ASCII, so that characters are octets.
  const bytes = Buffer.from(text, 'latin1');
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await writeFile(
      descriptor,
      bytes,
      written,
      bytes.length - written,
      null,
    );
    written += bytesWritten;
  }
}

function pause(milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, milliseconds);
  return promise;
}
