/**
 * External account binding: an account at the CA, proven by a key that both sides have
 * (RFC 8555 §7.3.4).
 *
 * @module
 */
import { createHmac, getFips } from 'node:crypto';
import { AppError } from '../core/errors.ts';

export const MAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export type MacAlgorithm = (typeof MAC_ALGORITHMS)[number];

export interface ExternalAccount {
  readonly keyId: string;
  /** Base64url, as the CA hands it out. */
  readonly hmacKey: string;
  /** HS256 where it is absent: the one that every CA takes. */
  readonly algorithm?: MacAlgorithm | undefined;
}

const HASHES: Readonly<Record<MacAlgorithm, string>> = {
  HS256: 'sha256',
  HS384: 'sha384',
  HS512: 'sha512',
};

/**
 * The JWS that binds the account key `jwk`, for a newAccount request to `url`; without nonce.
 * @throws `input/invalid` for a MAC key that is not base64url, or too short for FIPS mode.
 */
export function bindExternalAccount(
  url: string,
  jwk: object,
  { keyId, hmacKey, algorithm = 'HS256' }: ExternalAccount,
): object {
  const protectedHeader = encodeJson({ alg: algorithm, url, kid: keyId });
  const payload = encodeJson(jwk);
  const signature = createHmac(HASHES[algorithm], decodeMacKey(hmacKey))
    .update(`${protectedHeader}.${payload}`)
    .digest('base64url');
  return { protected: protectedHeader, payload, signature };
}

/** Node decodes what it can and skips the rest: a mistyped key would only fail at the CA. */
function decodeMacKey(text: string): Buffer {
  if (isMacKey(text)) {
    if (getFips() === 1 && !isApprovedMacKey(text)) throw tooShort();
    return Buffer.from(text, 'base64url');
  }
  throw new AppError('input/invalid', 'the HMAC key of the external account is not base64url', {
    mend: 'Copy the key again as the CA shows it: letters, digits, - and _ only.',
  });
}

/** Padding is tolerated; an alphabet or a length that base64url does not have is not. */
export function isMacKey(text: string): boolean {
  const [, digits] = /^([\w-]+)={0,2}$/.exec(text) ?? [];
  return digits !== undefined && digits.length % 4 !== 1;
}

/** NIST SP 800-131A: a key for HMAC has at least 112 bits. */
export function isApprovedMacKey(text: string): boolean {
  return Buffer.from(text, 'base64url').length >= LEAST_APPROVED_OCTETS;
}

const LEAST_APPROVED_OCTETS = 14;

/** OpenSSL's provider would take it. */
function tooShort(): AppError {
  return new AppError(
    'input/invalid',
    'the HMAC key of the external account has fewer than 112 bits, too few for FIPS mode',
    { mend: 'Ask the CA for a longer key.' },
  );
}

function encodeJson(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
