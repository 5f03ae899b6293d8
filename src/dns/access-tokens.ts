/**
 * Access tokens that are asked for when they are needed and kept while they last (RFC 6749 §5.1).
 *
 * @module
 */
import { z } from 'zod';
import { type Clock, MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import type { HostAnswer, Refusal } from './host-api.ts';
import { findRefusalText } from './refusal-text.ts';

export interface AccessTokens {
  current(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

export interface TokenSource {
  request(signal: AbortSignal): Promise<z.output<typeof TOKEN_ANSWER>>;
  close(): Promise<void>;
}

export function createTokenCache(clock: Clock, source: TokenSource): AccessTokens {
  let kept: { readonly token: string; readonly until: number } | undefined;
  return {
    current: async (signal) => {
      const now = clock.now().getTime();
      if (kept !== undefined && kept.until > now) return kept.token;
      const { access_token: token, expires_in: seconds } = await source.request(signal);
      kept = { token, until: now + seconds * SECOND_MS - MARGIN_MS };
      return token;
    },
    close: () => source.close(),
  };
}

/** RFC 6749 §5.2 has one status for everything that is wrong with a credential. */
export function readTokenRefusal({ status, json }: HostAnswer): Refusal | undefined {
  if (status !== 400 && status !== 401) return undefined;
  return { code: 'dns/unauthorized', message: findRefusalText(json) };
}

export const TOKEN_ANSWER = z.object({
  // Becomes part of a header.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive(),
});

/** A token must last until its request arrives, also with clocks that differ a little. */
const MARGIN_MS = MINUTE_MS;
