/**
 * How an operation's answer travels: JSON lines, progress first, the result or the error last.
 *
 * @module
 */
import type { WireError } from '../core/error-wire.ts';
import type { Progress } from '../observe/progress.ts';

export type StreamLine =
  | { readonly progress: Progress }
  | { readonly result: unknown }
  | { readonly error: WireError };

export const STREAM_TYPE = 'application/x-ndjson';
export const OPERATIONS_PATH = '/v1/operations/';

/** In bytes. The longest that is expected names some ten thousand certificates. */
export const LONGEST_REQUEST = 4 * 1024 * 1024;

export function encodeLine(line: StreamLine): string {
  return `${JSON.stringify(line)}\n`;
}
