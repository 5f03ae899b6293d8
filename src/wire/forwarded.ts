/**
 * What proxies say about the requests that they pass on: `Forwarded` (RFC 7239), and the older
 * `X-Forwarded-For`.
 *
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress } from '../core/networks.ts';

/** What one proxy says of the request as it got it. */
export interface ForwardedElement {
  /** Who sent it; absent where that is hidden, unknown or no address. */
  readonly address?: string | undefined;
  readonly scheme?: string | undefined;
  readonly host?: string | undefined;
}

/** The nearest proxy is last. */
export function readForwardedFor(value: string): ForwardedElement[] {
  return value.split(',').map((node) => ({ address: findNodeAddress(node.trim()) }));
}

/** RFC 7239 §4. `undefined` for what does not follow it, whichever part. */
export function readForwarded(value: string): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  let pairs = new Map<string, string>();
  PAIR.lastIndex = 0;
  for (;;) {
    const [, name = '', token, quoted = '', end] = PAIR.exec(value) ?? [];
    const key = name.toLowerCase();
    if (end === undefined || pairs.has(key)) return undefined;
    if (key !== '') pairs.set(key, token ?? quoted.replace(QUOTED_PAIR, '$1'));
    if (end === ';') continue;
    elements.push({
      address: findNodeAddress(pairs.get('for') ?? ''),
      scheme: pairs.get('proto')?.toLowerCase(),
      host: pairs.get('host'),
    });
    if (end === '') return elements;
    pairs = new Map();
  }
}

/** An address as §6 and older software write it: IPv6 with or without brackets, perhaps a port. */
export function findNodeAddress(node: string): string | undefined {
  if (node.length > LONGEST_NODE || node.includes('%')) return undefined;
  const [, bracketed, plain] = NODE.exec(node) ?? [];
  const address = bracketed ?? plain ?? node;
  const isAddress = bracketed === undefined ? isIPv4(address) || isIPv6(address) : isIPv6(address);
  return isAddress ? canonicalAddress(address) : undefined;
}

/** A name and its value, and what ends them; both may be missing. */
const PAIR =
  /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?([;,]|$)/y;
const QUOTED_PAIR = /\\(.)/g;

const NODE = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/;
/** The longest address, brackets and a port. */
const LONGEST_NODE = 54;
