/**
 * Authorizations: the CA's view of who controls a name (RFC 8555 §7.1.4).
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { challengesSchema } from './challenge.ts';
import { identifierSchema } from './identifier.ts';
import { describeProblem } from './problem.ts';
import { ACME_PROBLEMS, UNKNOWN_PROBLEM } from './problem-types.ts';

export const authorizationSchema = z.object({
  status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  /** Without the `*.` where `wildcard` is true. */
  identifier: identifierSchema,
  wildcard: z.boolean().catch(false),
  expires: z.string().optional().catch(undefined),
  challenges: challengesSchema,
});

export interface Authorization extends z.output<typeof authorizationSchema> {
  readonly url: string;
}

/** The error of an authorization that can no longer become valid: its challenge's problem. */
export function authorizationFailure(authorization: Authorization): AppError {
  const { identifier, wildcard, status, challenges } = authorization;
  const name = `${wildcard ? '*.' : ''}${identifier.value}`;
  const failed = challenges.find((challenge) => challenge.error !== undefined);
  const problem = failed?.error;
  const context = { url: authorization.url, identifier: name, status };
  if (failed === undefined || problem === undefined) {
    return new AppError('acme/challenge-failed', `the authorization of ${name} is ${status}`, {
      context,
      mend: 'Order the certificate again.',
    });
  }
  const meaning = Object.hasOwn(ACME_PROBLEMS, problem.type)
    ? ACME_PROBLEMS[problem.type]
    : undefined;
  return new AppError(
    // Which CAs a name allows has nothing to do with who controls it.
    meaning?.code === 'acme/name-refused' ? 'acme/name-refused' : 'acme/challenge-failed',
    `the CA could not confirm control of ${name} by ${failed.type}: ${describeProblem(problem)}`,
    {
      context: { ...context, challenge: failed.type, problem },
      // Inside a challenge, unauthorized is about the answer that the CA saw and not the account.
      mend:
        problem.type === 'unauthorized'
          ? (
              ACME_PROBLEMS[failed.type.startsWith('dns-') ? 'dns' : 'connection'] ??
              UNKNOWN_PROBLEM
            ).mend
          : (meaning ?? UNKNOWN_PROBLEM).mend,
    },
  );
}
