/**
 * Requests to the provider: no answer without end, none that takes for ever.
 *
 * @module
 */
import { rootCertificates } from 'node:tls';
import type { CustomFetch } from 'openid-client';
import { Agent, fetch } from 'undici';
import { SECOND_MS } from '../../core/clock.ts';

export const LARGEST_ANSWER = 512 * 1024;
export const ANSWER_SECONDS = 10;

const KEEP_ALIVE_MS = 4 * SECOND_MS;

/** @param caPem trusted beside the usual authorities */
export function createBoundedFetch(caPem: string | undefined): CustomFetch {
  const dispatcher = new Agent({
    maxResponseSize: LARGEST_ANSWER,
    headersTimeout: ANSWER_SECONDS * SECOND_MS,
    bodyTimeout: ANSWER_SECONDS * SECOND_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connections: 4,
    connect: {
      timeout: ANSWER_SECONDS * SECOND_MS,
      ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
    },
  });
  return async (url: string, options: object) => await fetch(url, { ...options, dispatcher });
}
