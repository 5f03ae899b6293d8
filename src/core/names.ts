/**
 * Names that a certificate can hold: hostnames, wildcards of one label, and IP addresses.
 *
 * @module
 */
import { isIP, isIPv6 } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { AppError } from './errors.ts';

/**
 * A validated name: lower-case A-labels without trailing dot (`app.example.com`), a wildcard of
 * the leftmost label (`*.example.com`), or an IP address in its shortest text form.
 */
export type Name = string & { readonly __brand: 'Name' };

/** The host of an endpoint for every name that no other one has. */
export const ANY_HOST = '*' as Name;

const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** @throws `name/invalid` with the label at fault. */
export function parseName(input: string): Name {
  const text = input.trim().replace(/\.$/, '');
  if (text === '') throw invalid(input, 'it is empty');
  const address = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) return canonicalAddress(address) as Name;

  const wildcard = text.startsWith('*.');
  const host = wildcard ? text.slice(2) : text;
  const ascii = toAscii(host, input);
  const name = wildcard ? `*.${ascii}` : ascii;
  for (const label of ascii.split('.')) checkLabel(label, input);
  if (wildcard && !ascii.includes('.')) {
    throw invalid(input, 'a wildcard needs a domain of at least two labels after the *');
  }
  if (/^\d+$/.test(ascii.split('.').at(-1) ?? '')) {
    throw invalid(input, 'its last label is a number, and it is not an IP address either');
  }
  if (name.length > LONGEST_NAME) {
    throw invalid(input, `it has ${name.length} octets, at most ${LONGEST_NAME} are allowed`);
  }
  return name as Name;
}

/** Like `parseName`, for text that may come from anywhere: `undefined` when it is not a name. */
export function findName(input: string): Name | undefined {
  try {
    return parseName(input);
  } catch {
    return undefined;
  }
}

/** The names once each, in code-unit order: two sets are equal when these arrays are. */
export function nameSet(names: readonly Name[]): Name[] {
  return [...new Set(names)].toSorted();
}

export function sameNames(left: readonly Name[], right: readonly Name[]): boolean {
  return nameSet(left).join() === nameSet(right).join();
}

export function isWildcard(name: Name): boolean {
  return name.startsWith('*.');
}

export function isAddress(name: Name): boolean {
  return isIP(name) !== 0;
}

/** The name without its `*.`, as an ACME authorization names it (RFC 8555 §7.1.4). */
export function baseName(name: Name): Name {
  return (isWildcard(name) ? name.slice(2) : name) as Name;
}

/** The wildcard that covers `name`, or `undefined` for addresses, wildcards and single labels. */
export function coveringWildcard(name: Name): Name | undefined {
  if (isAddress(name) || isWildcard(name)) return undefined;
  const dot = name.indexOf('.');
  const parent = name.slice(dot + 1);
  return dot !== -1 && parent.includes('.') ? (`*.${parent}` as Name) : undefined;
}

/** True when a certificate or endpoint for `pattern` is meant for `name` (RFC 9525 §6.3). */
export function covers(pattern: Name, name: Name): boolean {
  return pattern === name || pattern === coveringWildcard(name);
}

/** True when each of `names` is one of `patterns`, or a name that a wildcard of them covers. */
export function isWithin(patterns: readonly Name[], names: readonly Name[]): boolean {
  return names.every((name) => patterns.some((pattern) => covers(pattern, name)));
}

/** For people: an internationalized name in both forms, every other name as it is. */
export function displayName(name: Name): string {
  if (!name.includes('xn--')) return name;
  const unicode = domainToUnicode(baseName(name));
  return unicode === '' ? name : `${isWildcard(name) ? '*.' : ''}${unicode} (${name})`;
}

function toAscii(host: string, input: string): string {
  if (/^[\x20-\x7e]*$/.test(host)) return host.toLowerCase();
  const ascii = domainToASCII(host.normalize('NFC'));
  if (ascii === '') throw invalid(input, 'it is not a valid internationalized name (UTS 46)');
  return ascii;
}

function checkLabel(label: string, input: string): void {
  if (label === '')
    throw invalid(input, 'it has an empty label (two dots in a row, or a leading dot)');
  if (label.includes('*')) throw invalid(input, 'a * can only stand alone as the leftmost label');
  if (label.includes('_')) throw invalid(input, `its label "${label}" has an underscore`);
  if (label.length > LONGEST_LABEL) {
    throw invalid(input, `its label "${label}" has ${label.length} octets, at most 63 are allowed`);
  }
  if (!LABEL.test(label)) {
    throw invalid(
      input,
      `its label "${label}" has other characters than letters, digits and inner hyphens`,
    );
  }
  if (label.startsWith('xn--') && ['', label].includes(domainToUnicode(label))) {
    throw invalid(input, `its label "${label}" is not valid Punycode`);
  }
}

function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.includes('%')) throw invalid(address, 'a zone index cannot be in a certificate');
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function invalid(input: string, reason: string): AppError {
  const shown = input.length > 300 ? `${input.slice(0, 300)}…` : input;
  return new AppError('name/invalid', `"${shown}" cannot be in a certificate: ${reason}`, {
    mend: 'Give a hostname such as app.example.com, or a wildcard such as *.example.com.',
    context: { name: shown },
  });
}
