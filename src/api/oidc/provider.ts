/**
 * The OpenID provider: where persons prove who they are (authorization code, PKCE, state and nonce).
 *
 * @module
 */
import * as openid from 'openid-client';
import { type Clock, HOUR_MS } from '../../core/clock.ts';
import { AppError, systemCode } from '../../core/errors.ts';
import { ANSWER_SECONDS, createBoundedFetch } from './bounded-fetch.ts';
import type { Flow } from './flow-cookie.ts';
import { type Claims, valuesOf } from './person.ts';

export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: a public client. */
  readonly clientSecret?: string | undefined;
  readonly scopes: readonly string[];
  /** What the caller of `finish` looks for among the claims. */
  readonly wanted: readonly string[];
  /** Where the provider sends browsers back to. */
  readonly redirectUri: string;
  /** Trusted beside the usual authorities. */
  readonly caPem?: string | undefined;
}

export interface Provider {
  /** Where the browser goes, and what it has to bring back. @throws `sign-in/unavailable`. */
  begin(): Promise<{ readonly url: URL; readonly flow: Flow }>;
  /**
   * Who came back: claims of a verified ID token, and of the provider's user info where it lacks
   * what is wanted.
   *
   * @param search the query that the browser came back with
   * @throws `sign-in/refused`, `sign-in/invalid`, `sign-in/unavailable`.
   */
  finish(search: URLSearchParams, flow: Flow): Promise<Claims>;
}

/** Keys and addresses of providers change rarely. */
const KNOWN_FOR_MS = HOUR_MS;
const CLOCKS_DIFFER_SECONDS = 30;

export function createProvider(settings: ProviderSettings, clock: Clock): Provider {
  const { issuer, clientId, clientSecret, scopes, wanted, redirectUri, caPem } = settings;
  const boundedFetch = createBoundedFetch(caPem);
  let known: { readonly at: number; readonly client: Promise<openid.Configuration> } | undefined;

  function discover(): Promise<openid.Configuration> {
    const url = new URL(issuer);
    return openid.discovery(
      url,
      clientId,
      { [openid.clockTolerance]: CLOCKS_DIFFER_SECONDS },
      clientSecret === undefined ? openid.None() : openid.ClientSecretBasic(clientSecret),
      {
        [openid.customFetch]: boundedFetch,
        timeout: ANSWER_SECONDS,
        execute: [
          openid.enableNonRepudiationChecks,
          ...(url.protocol === 'http:' ? [openid.allowInsecureRequests] : []),
        ],
      },
    );
  }

  /** Asked once for all who sign in at the same time; a failure is not kept. */
  async function client(): Promise<openid.Configuration> {
    const now = clock.now().getTime();
    if (known === undefined || now - known.at >= KNOWN_FOR_MS) {
      const found = { at: now, client: discover() };
      known = found;
      found.client.catch(() => {
        if (known === found) known = undefined;
      });
    }
    try {
      return await known.client;
    } catch (thrown) {
      throw unavailable(issuer, 'it gives no valid answer about itself', thrown);
    }
  }

  return {
    async begin() {
      const configuration = await client();
      const flow: Flow = {
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        codeVerifier: openid.randomPKCECodeVerifier(),
      };
      const url = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(flow.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url, flow };
    },
    async finish(search, flow) {
      const configuration = await client();
      const current = new URL(redirectUri);
      current.search = search.toString();
      try {
        const tokens = await openid.authorizationCodeGrant(configuration, current, {
          expectedState: flow.state,
          expectedNonce: flow.nonce,
          pkceCodeVerifier: flow.codeVerifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new TypeError('an answer without an ID token');
        const isComplete = wanted.every((claim) => valuesOf(claims, claim).length > 0);
        const { userinfo_endpoint: hasMore } = configuration.serverMetadata();
        if (isComplete || hasMore === undefined) return claims;
        const more = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
        return { ...more, ...claims };
      } catch (thrown) {
        throw finishError(issuer, thrown);
      }
    },
  };
}

/** What the provider, or what came back from it, says about an attempt that failed. */
function finishError(issuer: string, thrown: unknown): AppError {
  if (thrown instanceof openid.AuthorizationResponseError) {
    const { error, error_description: description } = thrown;
    return new AppError('sign-in/refused', `${issuer} refused: ${shown(description ?? error)}`, {
      cause: plain(thrown),
      mend: 'Sign in again, with an account that may use this client of the provider.',
    });
  }
  if (thrown instanceof openid.ResponseBodyError) {
    if (thrown.error === 'invalid_grant') {
      return invalid('the code of the provider was used before, or is too old', thrown);
    }
    return unavailable(issuer, `it answers ${shown(thrown.error)}`, thrown, WRONG_CLIENT);
  }
  if (thrown instanceof openid.WWWAuthenticateChallengeError) {
    return unavailable(issuer, 'it does not know this client', thrown, WRONG_CLIENT);
  }
  if (thrown instanceof openid.ClientError) {
    const reason = INVALID[thrown.code ?? ''];
    if (reason !== undefined) return invalid(reason, thrown);
  }
  return unavailable(issuer, 'it does not answer as OpenID providers do', thrown);
}

const WRONG_CLIENT = 'Check clientId and clientSecret of api.oidc, and the client at the provider.';
const INVALID: Readonly<Record<string, string>> = {
  OAUTH_INVALID_RESPONSE: 'the answer of the provider is not for this attempt',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'the ID token of the provider is not for this attempt',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'the ID token of the provider has expired, or is of the future',
};

function invalid(reason: string, cause: unknown): AppError {
  return new AppError('sign-in/invalid', reason, {
    cause: plain(cause),
    mend: 'Sign in again; if that does not help, compare the clocks of provider and this machine.',
  });
}

function unavailable(issuer: string, reason: string, cause: unknown, mend?: string): AppError {
  return new AppError(
    'sign-in/unavailable',
    `cannot use the OpenID provider ${issuer}: ${reason} (${plain(cause).message})`,
    {
      cause: plain(cause),
      mend: mend ?? 'Check api.oidc.issuer, and that this machine reaches the provider.',
    },
  );
}

/** The messages only: what the library attaches to its errors may hold tokens. */
function plain(thrown: unknown): Error {
  const messages: string[] = [];
  for (let at: unknown = thrown; at instanceof Error && messages.length < 4; at = at.cause) {
    const code = systemCode(at);
    messages.push(code === undefined ? at.message : `${at.message} [${code}]`);
  }
  return new Error(shown(messages.join(': ')));
}

/** A text of somebody else's. */
function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 300);
}
