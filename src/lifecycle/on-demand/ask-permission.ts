/**
 * Asks the operator's own program over HTTP whether a name may have a certificate.
 *
 * @module
 */
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { AppError } from '../../core/errors.ts';
import type { Name } from '../../core/names.ts';
import type { PermissionSettings } from './settings.ts';

export interface PermissionQuestion {
  readonly name: Name;
  /** Absent where no client is waiting, as at renewals. */
  readonly clientAddress?: string | undefined;
}

export type AskPermission = (
  settings: PermissionSettings,
  question: PermissionQuestion,
  signal: AbortSignal,
) => Promise<'allowed' | 'refused'>;

/** Of the answer: its status line is all that counts. */
const MOST_HEADER_BYTES = 8_192;
/** Refusals that say nothing about the name. */
const NO_ANSWERS = new Set([401, 407, 408, 421, 425, 429]);

/**
 * `GET url?domain=name`: any 2xx allows, any other 4xx refuses, and everything else is no answer.
 * Nothing is followed: a redirect could lead to somebody else's yes.
 *
 * @throws `permission/unavailable`, and the reason of `signal`.
 */
export const askPermission: AskPermission = async (settings, question, signal) => {
  signal.throwIfAborted();
  const url = questionUrl(settings.url, question.name);
  const status = await statusOf(url, settings.timeoutMs, question, signal).catch(
    (thrown: unknown) => {
      signal.throwIfAborted();
      throw unavailable(question, url, 'it does not answer', thrown);
    },
  );
  if (status >= 200 && status < 300) return 'allowed';
  if (status >= 400 && status < 500 && !NO_ANSWERS.has(status)) return 'refused';
  const isRedirect = status >= 300 && status < 400;
  throw unavailable(
    question,
    url,
    isRedirect ? `it redirects (${status}), which is not followed` : `it answers ${status}`,
  );
};

function questionUrl(base: string, name: Name): URL {
  const url = new URL(base);
  url.searchParams.set('domain', name);
  return url;
}

async function statusOf(
  url: URL,
  timeoutMs: number,
  { name, clientAddress }: PermissionQuestion,
  signal: AbortSignal,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const open = url.protocol === 'https:' ? requestSecure : requestPlain;
  const outgoing = open(url, {
    agent: false,
    maxHeaderSize: MOST_HEADER_BYTES,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    headers: {
      'user-agent': 'certctl',
      'certctl-server-name': name,
      ...(clientAddress === undefined ? {} : { 'certctl-client-address': clientAddress }),
    },
  });
  outgoing.on('error', reject);
  outgoing.on('response', (incoming) => {
    resolve(incoming.statusCode ?? 0);
    incoming.on('error', reject);
    incoming.destroy();
  });
  outgoing.end();
  return promise;
}

function unavailable(
  { name }: PermissionQuestion,
  { origin }: URL,
  reason: string,
  cause?: unknown,
): AppError {
  return new AppError(
    'permission/unavailable',
    `cannot ask ${origin} whether ${name} may have a certificate: ${reason}`,
    { cause, mend: 'Make the permission URL answer: 2xx allows the name, 4xx refuses it.' },
  );
}
