/**
 * Challenges: what a CA wants to see as proof of control (RFC 8555 §7.1.5, §8).
 *
 * @module
 */
import { z } from 'zod';
import { httpsUrl } from './https-url.ts';
import { problemSchema } from './problem.ts';

const MOST_CHALLENGES = 50;

/** Some types have no token at all, and one outside the alphabet must never name a file. */
const token = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9_-]+$/);

/** A domain as CAs call themselves, e.g. in CAA records. */
const issuerDomain = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?$/);
const MOST_ISSUERS = 10;

const challengeSchema = z.looseObject({
  type: z.string().max(100),
  url: httpsUrl,
  status: z.enum(['pending', 'processing', 'valid', 'invalid']).catch('pending'),
  token: token.optional().catch(undefined),
  /** Of dns-persist-01 in its drafts 00 and 01; later ones have another name, and another record. */
  'issuer-domain-names': z.array(issuerDomain).min(1).max(MOST_ISSUERS).optional().catch(undefined),
  /** Of the same, since draft 01: how the record is to name the account. */
  accounturi: httpsUrl.optional().catch(undefined),
  /** Present after a failure, and on retries also while it is `processing`. */
  error: problemSchema.optional().catch(undefined),
});

/** What the CA answers when it is asked to look: a challenge, of whatever kind (RFC 8555 §7.5.1). */
export const challengeAnswerSchema = z.looseObject({ type: z.string() });

export type Challenge = z.output<typeof challengeSchema>;

/** A challenge of a kind that nobody can read is as good as not offered. */
export const challengesSchema = z.array(z.unknown()).transform((challenges): Challenge[] =>
  challenges.slice(0, MOST_CHALLENGES).flatMap((each) => {
    const parsed = challengeSchema.safeParse(each);
    return parsed.success ? [parsed.data] : [];
  }),
);
