/**
 * What fastify says of a request before a route has its turn, as our errors.
 *
 * @module
 */
import { AppError, type ErrorCode, toAppError } from '../../core/errors.ts';
import { SEE_DOCUMENT } from './parse-request.ts';

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'api/invalid',
  413: 'api/too-large',
  414: 'api/invalid',
  415: 'api/media-type',
};
const MOST_CHARACTERS = 200;

/** @param mostBytes that a body may have */
export function refusalOf(thrown: unknown, mostBytes: number): AppError {
  const { statusCode = 0 } = thrown as { readonly statusCode?: number };
  const code = thrown instanceof AppError ? undefined : CODES[statusCode];
  if (code === undefined) return toAppError(thrown);
  const message = thrown instanceof Error ? thrown.message.slice(0, MOST_CHARACTERS) : 'malformed';
  return new AppError(code, message, { mend: mendOf(statusCode, mostBytes) });
}

function mendOf(statusCode: number, mostBytes: number): string {
  if (statusCode === 413) return `Send at most ${mostBytes / 1024} KiB.`;
  if (statusCode === 415) return 'Send JSON with the header `content-type: application/json`.';
  return SEE_DOCUMENT;
}
