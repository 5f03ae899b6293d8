/**
 * The cookie of a signed-in browser.
 *
 * @module
 */

/** The prefix binds it to this host: no other one can set it, none but this one gets it. */
export const SESSION_COOKIE = '__Host-certctl-session';

const LONGEST_HEADER = 8_192;

/** The first cookie of the name in a Cookie field. */
export function findCookie(field: string | undefined, name: string): string | undefined {
  for (const pair of field?.slice(0, LONGEST_HEADER).split(';') ?? []) {
    const [key = '', ...rest] = pair.split('=');
    if (key.trim() === name) return rest.join('=').trim();
  }
  return undefined;
}

export interface CookieLife {
  readonly seconds: number;
  /** `Lax`: it comes along when another site leads here, too. */
  readonly sameSite?: 'Strict' | 'Lax';
}

/** A Set-Cookie field: for this host, over TLS, out of reach of scripts. */
export function cookieField(name: string, value: string, life: CookieLife): string {
  const { seconds, sameSite = 'Strict' } = life;
  return `${name}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=${sameSite}`;
}

export function forgetCookie(name: string): string {
  return cookieField(name, '', { seconds: 0 });
}
