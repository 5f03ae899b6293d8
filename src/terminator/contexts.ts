/**
 * TLS contexts of credentials and policies: built at first use, bounded, with shared ticket keys.
 *
 * @module
 */
import { constants, createHash, hkdfSync } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Credential, TlsPolicy } from '../feed/feed.ts';
import { BoundedMap } from '../core/bounded-map.ts';

/** 48 octets each: Node takes the first 16 as the name that is on every ticket. */
interface TicketKeys {
  readonly secret: string;
  readonly keys: Buffer;
}

export class Contexts {
  readonly #contexts: BoundedMap<string, SecureContext>;
  readonly #ticketKeys: BoundedMap<string, readonly TicketKeys[]>;
  /** The newest first. */
  #ticketSecrets: readonly string[];
  /** How often a context had to be built. */
  misses = 0;

  constructor(capacity: number, ticketSecrets: readonly string[]) {
    this.#contexts = new BoundedMap(capacity);
    this.#ticketKeys = new BoundedMap(capacity);
    this.#ticketSecrets = ticketSecrets;
  }

  /** Tickets of secrets that are no longer among them lead to a full handshake. */
  rotate(ticketSecrets: readonly string[]): void {
    this.#ticketSecrets = ticketSecrets;
    this.#ticketKeys.clear();
    this.#contexts.clear();
  }

  /**
   * `tickets` are what the client would resume with. Node knows one key set a context, so a ticket of
   * an older secret gets the context of that secret; its connection gets new ones from there, too,
   * until the secret is gone.
   */
  find(
    credential: Credential,
    policy: TlsPolicy,
    tickets: readonly Uint8Array[] = [],
  ): SecureContext {
    const { secret, keys } = this.#choose(policy, tickets);
    const key = `${credential.fingerprint256} ${policyId(policy)} ${secret}`;
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    this.misses += 1;
    const context = createSecureContext({
      ...optionsOf(policy),
      ticketKeys: keys,
      cert: credential.chainPem,
      key: credential.privateKeyPem,
    });
    this.#contexts.set(key, context);
    return context;
  }

  #choose(policy: TlsPolicy, tickets: readonly Uint8Array[]): TicketKeys {
    const all = this.#keysOf(policy);
    const [newest] = all;
    if (newest === undefined) throw new TypeError('there is no ticket secret');
    if (tickets.length === 0 || all.length === 1) return newest;
    const isOf = (ticket: Uint8Array, { keys }: TicketKeys): boolean =>
      ticket.length > KEY_NAME_OCTETS &&
      keys.compare(ticket, 0, KEY_NAME_OCTETS, 0, KEY_NAME_OCTETS) === 0;
    // The client's order counts: OpenSSL takes the first that it can open.
    for (const ticket of tickets) {
      const found = all.find((one) => isOf(ticket, one));
      if (found !== undefined) return found;
    }
    return newest;
  }

  #keysOf(policy: TlsPolicy): readonly TicketKeys[] {
    const id = policyId(policy);
    const known = this.#ticketKeys.get(id);
    if (known !== undefined) return known;
    // Of the policy too, so that no ticket is good under another one.
    const keys = this.#ticketSecrets.map((secret) => ({
      secret,
      keys: Buffer.from(
        hkdfSync('sha256', Buffer.from(secret, 'base64'), '', `tickets ${id}`, TICKET_KEY_OCTETS),
      ),
    }));
    this.#ticketKeys.set(id, keys);
    return keys;
  }
}

/** All that connections of one policy have in common. */
function optionsOf(policy: TlsPolicy): SecureContextOptions {
  const id = policyId(policy);
  return {
    minVersion: `TLSv${policy.minVersion}`,
    maxVersion: `TLSv${policy.maxVersion}`,
    // OpenSSL counts the hashes of TLS 1.1 as insecure, which they are.
    ciphers: policy.ciphers.join(':') + (policy.minVersion === '1.1' ? ':@SECLEVEL=0' : ''),
    ecdhCurve: policy.groups.join(':'),
    ...(policy.cipherOrder === 'server'
      ? { honorCipherOrder: true, secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA }
      : {}),
    ...(policy.certificateCompression.length === 0
      ? {}
      : { certificateCompression: policy.certificateCompression }),
    ...clientAuthorities(policy),
    sessionIdContext: createHash('sha256').update(id).digest('hex').slice(0, 32),
    sessionTimeout: SESSION_SECONDS,
  };
}

function clientAuthorities({ clientCertificates }: TlsPolicy): SecureContextOptions {
  const { caPem, crlPem } = clientCertificates ?? {};
  return {
    ...(caPem === undefined ? {} : { ca: caPem }),
    // Of a text with several lists Node takes the first only.
    ...(crlPem === undefined ? {} : { crl: crlPem.match(CRL_BLOCK) ?? [] }),
  };
}

const CRL_BLOCK = /-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g;

/** Equal for policies whose connections may share sessions. */
export function policyId(policy: TlsPolicy): string {
  const known = POLICY_IDS.get(policy);
  if (known !== undefined) return known;
  // Whole: what is missing here would let a session of a weaker policy into a stricter one.
  const id = createHash('sha256')
    .update(JSON.stringify(sorted(policy)))
    .digest('base64');
  POLICY_IDS.set(policy, id);
  return id;
}

/** Client authorities are long texts, and one policy object serves many connections. */
const POLICY_IDS = new WeakMap<TlsPolicy, string>();

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([key, member]) => [key, sorted(member)]);
}

/** How long a session can be resumed after its last handshake. */
export const SESSION_SECONDS = 7_200;
const KEY_NAME_OCTETS = 16;
const TICKET_KEY_OCTETS = 48;
