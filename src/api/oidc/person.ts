/**
 * From what a provider says of a person to what this person may do here: pure judgement.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Name } from '../../core/names.ts';
import type { Role } from '../../store/access.ts';
import type { PersonHolder } from '../../store/sessions.ts';

/** What the configuration grants. */
export interface GrantRules {
  readonly issuer: string;
  readonly clientId: string;
  /** A claim, or a way to one in others: `groups`, `realm_access.roles`. */
  readonly claim: string;
  /** The first whose value the claim has. */
  readonly grants: readonly PersonGrant[];
  /** Absent: persons need no e-mail address. */
  readonly domains?: readonly string[] | undefined;
}

export interface PersonGrant {
  /** Absent: everybody whom the provider knows. */
  readonly value?: string | undefined;
  readonly role: Role;
  /** Absent: every name. */
  readonly patterns?: readonly Name[] | undefined;
}

export type Claims = Readonly<Record<string, unknown>>;

const LONGEST_ID = 600;
const LONGEST_NAME = 200;

/** Changes when something else would be granted. */
export function fingerprintOf(rules: GrantRules): string {
  const { issuer, clientId, claim, grants, domains } = rules;
  const text = JSON.stringify([issuer, clientId, claim, grants, domains]);
  return createHash('sha256').update(text).digest('hex');
}

export function identify({ issuer }: GrantRules, claims: Claims): { id: string; name: string } {
  const { sub, email, preferred_username: username, name } = claims;
  const shown = [email, username, name, sub].find(
    (each) => typeof each === 'string' && each !== '',
  );
  return {
    id: `${issuer}#${String(sub)}`.slice(0, LONGEST_ID),
    name: String(shown).slice(0, LONGEST_NAME),
  };
}

/** @throws `sign-in/refused` for who may do nothing here. */
export function grantPerson(rules: GrantRules, claims: Claims): PersonHolder {
  const person = identify(rules, claims);
  checkDomain(rules, claims, person.name);
  const values = valuesOf(claims, rules.claim);
  const grant = rules.grants.find(({ value }) => value === undefined || values.includes(value));
  if (grant === undefined) {
    throw refused(
      `${person.name} has no role here: none of api.oidc.grants is for its ${rules.claim}`,
      values.length === 0
        ? `Let the provider send the claim ${rules.claim}, e.g. by a scope in api.oidc.scopes.`
        : 'Let the provider put this person in a group of api.oidc.grants, or add a grant there.',
    );
  }
  const { role, patterns } = grant;
  return {
    kind: 'person',
    ...person,
    role,
    ...(patterns === undefined ? {} : { patterns }),
    rules: fingerprintOf(rules),
  };
}

function checkDomain({ domains }: GrantRules, claims: Claims, name: string): void {
  if (domains === undefined) return;
  const { email, email_verified: isVerified } = claims;
  if (typeof email !== 'string') {
    throw refused(
      'the provider says no e-mail address, and api.oidc.domains asks for one',
      'Add the scope email to api.oidc.scopes.',
    );
  }
  if (isVerified !== true) {
    throw refused(
      `the provider has not verified the e-mail address of ${name}`,
      'Verify it at the provider.',
    );
  }
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (domains.includes(domain)) return;
  throw refused(
    `${name} is of none of the domains of api.oidc.domains`,
    'Use an account of another domain, or add this one there.',
  );
}

/** A claim by its own name, or else on the way that the dots say; texts only. */
export function valuesOf(claims: Claims, claim: string): string[] {
  let found: unknown = own(claims, claim);
  if (found === undefined) {
    found = claim.split('.').reduce<unknown>((at, step) => own(at, step), claims);
  }
  return (Array.isArray(found) ? found : [found]).filter((each) => typeof each === 'string');
}

function own(value: unknown, key: string): unknown {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && Object.hasOwn(value, key) ? (value as Claims)[key] : undefined;
}

function refused(message: string, mend: string): AppError {
  return new AppError('sign-in/refused', message, { mend });
}
