/**
 * TLS contexts of credentials and policies: built at first use, bounded, with shared ticket keys.
 *
 * @module
 */
import { constants, createHash, hkdfSync } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Credential, TlsPolicy } from '../feed/feed.ts';
import { BoundedMap } from './bounded-map.ts';

export class Contexts {
  readonly #contexts: BoundedMap<string, SecureContext>;
  #ticketSecret: Uint8Array;

  constructor(capacity: number, ticketSecret: string) {
    this.#contexts = new BoundedMap(capacity);
    this.#ticketSecret = Buffer.from(ticketSecret, 'base64');
  }

  /** Tickets of the secret before lead to a full handshake. */
  rotate(ticketSecret: string): void {
    this.#ticketSecret = Buffer.from(ticketSecret, 'base64');
    this.#contexts.clear();
  }

  find(credential: Credential, policy: TlsPolicy): SecureContext {
    const key = `${credential.fingerprint256} ${policyId(policy)}`;
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const context = createSecureContext({
      ...this.optionsFor(policy),
      cert: credential.chainPem,
      key: credential.privateKeyPem,
    });
    this.#contexts.set(key, context);
    return context;
  }

  /** All that connections of one policy have in common; their tickets are good for that policy only. */
  optionsFor(policy: TlsPolicy): SecureContextOptions {
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
      ticketKeys: Buffer.from(hkdfSync('sha256', this.#ticketSecret, '', `tickets ${id}`, 48)),
      sessionTimeout: SESSION_SECONDS,
    };
  }
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

const SESSION_SECONDS = 7_200;
