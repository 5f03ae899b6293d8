/**
 * The JSON of a successful answer, parsed into the resource that was asked for.
 *
 * @module
 */
import type { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { hostOf } from './https-url.ts';
import type { TransportResponse } from './transport.ts';

/** @throws `acme/bad-response` naming the first member that is wrong. */
export function parseAnswer<S extends z.ZodType>(
  response: TransportResponse,
  schema: S,
  attempted: string,
): z.output<S> {
  const parsed = schema.safeParse(jsonOf(response, attempted));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw badAnswer(
    response,
    attempted,
    `${where}${issue?.message ?? 'unexpected shape'}`,
    parsed.error,
  );
}

export function badAnswer(
  response: TransportResponse,
  attempted: string,
  reason: string,
  cause?: unknown,
): AppError {
  return new AppError(
    'acme/bad-response',
    `${hostOf(response.url)} gave an answer that cannot be used, to ${attempted}: ${reason}`,
    {
      cause,
      context: { url: response.url, status: response.status },
      mend: 'Check the directory URL, and whether a proxy answers in place of the CA.',
    },
  );
}

function jsonOf(response: TransportResponse, attempted: string): unknown {
  try {
    return JSON.parse(response.body);
  } catch (cause) {
    const kind = response.headers['content-type']?.split(';')[0] ?? 'no content type';
    throw badAnswer(response, attempted, `it is not JSON (${kind})`, cause);
  }
}
