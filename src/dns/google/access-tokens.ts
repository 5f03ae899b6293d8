/**
 * Access tokens of a service account, for an assertion that it signs (RFC 7523).
 *
 * @module
 */
import { createPrivateKey, sign } from 'node:crypto';
import { type Clock, HOUR_MS, SECOND_MS } from '../../core/clock.ts';
import {
  type AccessTokens,
  createTokenCache,
  readTokenRefusal,
  TOKEN_ANSWER,
} from '../access-tokens.ts';
import { createHostApi } from '../host-api.ts';
import type { ServiceAccount } from './service-account.ts';

export interface GoogleTokenOptions {
  readonly clock: Clock;
  /** Instead of the one in the key file. */
  readonly tokenUrl?: string | undefined;
}

export function createAccessTokens(
  account: ServiceAccount,
  { clock, tokenUrl = account.token_uri }: GoogleTokenOptions,
): AccessTokens {
  const api = createHostApi({
    host: 'Google',
    baseUrl: tokenUrl,
    clock,
    secrets: [],
    unauthorizedMend: 'Give a key of the service account that has not been removed.',
    readRefusal: readTokenRefusal,
  });
  return createTokenCache(clock, {
    request: (signal) =>
      api.ask(
        {
          attempt: 'cannot get an access token',
          method: 'POST',
          path: '',
          form: {
            grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
            assertion: signAssertion(account, clock.now()),
          },
        },
        TOKEN_ANSWER,
        signal,
      ),
    close: () => api.close(),
  });
}

/** A JSON Web Token by RS256 (RFC 7515 §3.1, RFC 7518 §3.3). */
export function signAssertion(account: ServiceAccount, now: Date): string {
  const issuedAt = Math.floor(now.getTime() / SECOND_MS);
  const header = { alg: 'RS256', typ: 'JWT', kid: account.private_key_id };
  const claims = {
    iss: account.client_email,
    scope: SCOPE,
    aud: account.token_uri,
    iat: issuedAt,
    exp: issuedAt + HOUR_MS / SECOND_MS,
  };
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('RSA-SHA256', Buffer.from(signed), createPrivateKey(account.private_key));
  return `${signed}.${signature.toString('base64url')}`;
}

const SCOPE = 'https://www.googleapis.com/auth/ndev.clouddns.readwrite';
