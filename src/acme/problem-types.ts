/**
 * The problem types of the IANA ACME registry: which error each becomes and what mends it.
 *
 * @module
 */
import type { ErrorCode } from '../core/errors.ts';

interface ProblemMeaning {
  readonly code: ErrorCode;
  readonly mend: string;
}

const REACHABLE =
  'Make sure that the name points to this machine and that port 80 (http-01) or 443 (tls-alpn-01) is open to the internet.';

/** By the last part of the type's URN (RFC 8555 §6.7, RFC 9773 §7.4). */
export const ACME_PROBLEMS: Readonly<Record<string, ProblemMeaning>> = {
  accountDoesNotExist: meaning('acme/unauthorized', 'Register the account again.'),
  alreadyReplaced: meaning('acme/rejected', 'Order the certificate without naming a predecessor.'),
  alreadyRevoked: meaning('acme/rejected', 'Nothing is left to do: it was revoked before.'),
  badCSR: meaning('acme/rejected', 'Ask for a key type and names that this CA signs.'),
  badNonce: meaning('acme/server-error', 'Try again later; the CA accepts none of its own nonces.'),
  badPublicKey: meaning('acme/rejected', 'Use a key type that this CA accepts.'),
  badRevocationReason: meaning('acme/rejected', 'Give a revocation reason that this CA accepts.'),
  badSignatureAlgorithm: meaning('acme/rejected', 'Use an account key of a type this CA accepts.'),
  caa: meaning(
    'acme/name-refused',
    'Allow this CA in the CAA records of the name, or remove them.',
  ),
  compound: meaning('acme/rejected', 'Mend each of the problems that the CA lists.'),
  connection: meaning('acme/rejected', REACHABLE),
  dns: meaning('acme/rejected', 'Check the DNS records of the name and that its zone answers.'),
  externalAccountRequired: meaning(
    'acme/unauthorized',
    'Get an external account from the CA and set its keyId and hmacKey.',
  ),
  incorrectResponse: meaning('acme/rejected', REACHABLE),
  invalidContact: meaning('acme/rejected', 'Give a working mail address.'),
  invalidProfile: meaning('acme/profile-unavailable', 'Choose a profile that the CA offers.'),
  malformed: meaning(
    'acme/rejected',
    'Read what the CA says, and report it if the request is at fault.',
  ),
  orderNotReady: meaning('acme/rejected', 'Look at the order again before it is finalized.'),
  rateLimited: meaning(
    'acme/rate-limited',
    'Wait until the CA allows it, or ask for fewer certificates.',
  ),
  rejectedIdentifier: meaning('acme/name-refused', 'Leave out the name, or use another CA for it.'),
  serverInternal: meaning(
    'acme/server-error',
    'Try again later, and look at the status page of the CA.',
  ),
  tls: meaning('acme/rejected', REACHABLE),
  unauthorized: meaning(
    'acme/unauthorized',
    'Check the account, its key and its external account, and that it may use these names.',
  ),
  unsupportedContact: meaning('acme/rejected', 'Give a mail address as contact.'),
  unsupportedIdentifier: meaning(
    'acme/name-refused',
    'Leave out the name, or use another CA for it.',
  ),
  userActionRequired: meaning('acme/terms-required', 'Read the terms of service and accept them.'),
};

export const UNKNOWN_PROBLEM: ProblemMeaning = meaning('acme/rejected', 'Mend what the CA says.');

function meaning(code: ErrorCode, mend: string): ProblemMeaning {
  return { code, mend };
}
