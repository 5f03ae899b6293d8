/**
 * The events of tokens; their secrets have no place in them.
 *
 * @module
 */
import { z } from 'zod';
import { instant, word } from './fields.ts';

const MOST_PATTERNS = 100;

const token = {
  tokenId: word,
  name: word,
  role: word,
  /** The names that it is bound to; absent: every name. */
  patterns: z.array(z.string().max(300)).max(MOST_PATTERNS).optional(),
  expiresAt: instant.optional(),
};

export const TOKEN_EVENTS = {
  'token.created.v1': z
    .strictObject({ ...token, createdBy: word })
    .describe('Somebody may use the API with a new token.'),
  'token.rotated.v1': z
    .strictObject({
      ...token,
      /** Absent: the secret before counts no more. */
      previousUntil: instant.optional(),
    })
    .describe('A token has a new secret.'),
  'token.expiring.v1': z
    .strictObject({
      ...token,
      expiresAt: instant,
      /** The part of its life that is left at most. */
      fractionLeft: z.number(),
    })
    .describe('A token ends soon, and has no new end yet.'),
  'token.expired.v1': z
    .strictObject({ ...token, expiresAt: instant })
    .describe('A token has come to its end, and counts no more.'),
  'token.revoked.v1': z.strictObject(token).describe('A token counts no more.'),
} as const;
