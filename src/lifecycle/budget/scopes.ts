/**
 * The scopes of limits and pauses: their keys in the store, and their names for people.
 *
 * A key is a word, the directory's URL and, after spaces, what else it is about.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type Name, baseName, displayName, nameSet } from '../../core/names.ts';
import { registeredDomain } from './registered-domain.ts';

type ScopeWord =
  | 'directory'
  | 'account'
  | 'domain'
  | 'name-set'
  | 'failures'
  | 'consecutive-failures'
  | 'name';

export const directoryScope = (url: string): string => scope('directory', url);
/** One account a directory. */
export const accountScope = (url: string): string => scope('account', url);

/** Each once, as the CA counts a certificate once for all its names of one domain. */
export function domainScopes(url: string, names: readonly Name[]): string[] {
  return [...new Set(names.map(registeredDomain))].map((domain) => scope('domain', url, domain));
}

/** By a digest, for a set of names can be long. */
export function nameSetScope(url: string, names: readonly Name[]): string {
  const digest = createHash('sha256').update(nameSet(names).join()).digest('hex');
  return scope('name-set', url, digest);
}

/** An authorization is for the name without `*.`, so both forms share what they fail. */
export function nameScopes(
  word: 'failures' | 'consecutive-failures' | 'name',
  url: string,
  names: readonly Name[],
): string[] {
  return [...new Set(names.map(baseName))].map((name) => scope(word, url, name));
}

/** A noun phrase. */
export function describeScope(key: string): string {
  const [word, url = '', subject = ''] = key.split(' ');
  const host = URL.parse(url)?.host ?? url;
  switch (word as ScopeWord) {
    case 'directory':
      return `requests to ${host}`;
    case 'account':
      return `new orders of the account at ${host}`;
    case 'domain':
      return `certificates for ${displayName(subject as Name)} at ${host}`;
    case 'name-set':
      return `certificates for exactly these names at ${host}`;
    case 'failures':
    case 'consecutive-failures':
      return `failed validations of ${displayName(subject as Name)} at ${host}`;
    case 'name':
      return `certificates with ${displayName(subject as Name)} at ${host}`;
  }
}

function scope(word: ScopeWord, ...subject: readonly string[]): string {
  return [word, ...subject].join(' ');
}
