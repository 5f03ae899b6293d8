/**
 * Signing in at an OpenID provider: away with the browser, and back with a person.
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { CALLBACK_PATH } from '../access/dashboard-paths.ts';
import { cookieField, findCookie } from '../access/session-cookie.ts';
import type { Visitor } from '../access/visitor.ts';
import { FLOW_COOKIE, FLOW_SECONDS, createFlowCookies } from './flow-cookie.ts';
import { type Claims, type GrantRules, fingerprintOf } from './person.ts';
import { createProvider } from './provider.ts';

export interface OidcOptions extends GrantRules {
  /** How the provider is called on the button. */
  readonly name: string;
  /** Where browsers reach the dashboard. */
  readonly url: string;
  readonly clientSecret?: string | undefined;
  readonly scopes: readonly string[];
  readonly caPem?: string | undefined;
}

export interface OidcSignIn {
  readonly name: string;
  readonly rules: GrantRules;
  readonly fingerprint: string;
  /** @throws `sign-in/unavailable`. */
  begin(): Promise<{ readonly location: string; readonly cookie: string }>;
  /** @throws `sign-in/invalid`, `sign-in/refused`, `sign-in/unavailable`. */
  finish(visitor: Visitor, search: URLSearchParams): Promise<Claims>;
}

export function createOidcSignIn(options: OidcOptions, clock: Clock): OidcSignIn {
  const { name, url, issuer, clientId, clientSecret, scopes, claim, grants, domains } = options;
  const cookies = createFlowCookies(clock);
  const isClaimWanted = grants.some(({ value }) => value !== undefined);
  const provider = createProvider(
    {
      issuer,
      clientId,
      clientSecret,
      scopes,
      wanted: ['email', ...(isClaimWanted ? [claim] : [])],
      redirectUri: new URL(CALLBACK_PATH, url).href,
      caPem: options.caPem,
    },
    clock,
  );
  const rules: GrantRules = { issuer, clientId, claim, grants, domains };
  return {
    name,
    rules,
    fingerprint: fingerprintOf(rules),
    async begin() {
      const { url: away, flow } = await provider.begin();
      const life = { seconds: FLOW_SECONDS, sameSite: 'Lax' } as const;
      return { location: away.href, cookie: cookieField(FLOW_COOKIE, cookies.seal(flow), life) };
    },
    async finish({ cookie }, search) {
      const sealed = findCookie(cookie, FLOW_COOKIE);
      const flow = sealed === undefined ? undefined : cookies.open(sealed);
      if (flow === undefined) {
        throw new AppError('sign-in/invalid', 'this browser has begun no sign-in, or long ago', {
          mend: 'Begin again on the page of the dashboard, with cookies allowed.',
        });
      }
      return provider.finish(search, flow);
    },
  };
}
