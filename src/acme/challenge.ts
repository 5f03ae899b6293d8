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

const challengeSchema = z.looseObject({
  type: z.string().max(100),
  url: httpsUrl,
  status: z.enum(['pending', 'processing', 'valid', 'invalid']).catch('pending'),
  token: token.optional().catch(undefined),
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
