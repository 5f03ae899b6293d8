/**
 * Errors as plain values, for journals, other processes and the API.
 *
 * @module
 */
import { AppError, ERRORS, type ErrorCode } from './errors.ts';

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly mend?: string;
  readonly retryAt?: string;
  readonly context?: Record<string, unknown>;
  /** The messages of the causes, outermost first. */
  readonly causes?: readonly string[];
}

const MOST_CAUSES = 5;

export function toWire(error: AppError): WireError {
  const causes = causesOf(error);
  return {
    code: error.code,
    message: error.message,
    ...(error.mend === undefined ? {} : { mend: error.mend }),
    ...(error.retryAt === undefined ? {} : { retryAt: error.retryAt.toISOString() }),
    ...(Object.keys(error.context).length === 0 ? {} : { context: { ...error.context } }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

export function fromWire(wire: WireError): AppError {
  const code = Object.hasOwn(ERRORS, wire.code) ? wire.code : 'internal/unexpected';
  return new AppError(code, wire.message, {
    mend: wire.mend,
    context: wire.context,
    retryAt: wire.retryAt === undefined ? undefined : new Date(wire.retryAt),
    cause: chainOf(wire.causes ?? []),
  });
}

/** The messages of `error`'s causes that add something to its own message. */
export function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let cause: unknown = error.cause;
  while (cause instanceof Error && causes.length < MOST_CAUSES) {
    if (cause.message !== '' && cause.message !== error.message) causes.push(cause.message);
    cause = cause.cause;
  }
  return causes;
}

function chainOf(messages: readonly string[]): Error | undefined {
  return messages.reduceRight<Error | undefined>(
    (cause, message) => new Error(message, cause === undefined ? undefined : { cause }),
    undefined,
  );
}
