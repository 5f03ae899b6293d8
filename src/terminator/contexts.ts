/**
 * TLS contexts of credentials and policies: built at first use, bounded, with shared ticket keys.
 *
 * @module
 */
import { createHash, hkdfSync } from 'node:crypto';
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
      ciphers: CIPHERS,
      ecdhCurve: GROUPS,
      honorCipherOrder: true,
      sessionIdContext: createHash('sha256').update(id).digest('hex').slice(0, 32),
      ticketKeys: Buffer.from(hkdfSync('sha256', this.#ticketSecret, '', `tickets ${id}`, 48)),
      sessionTimeout: SESSION_SECONDS,
    };
  }
}

/** Equal for policies whose connections may share sessions. */
export function policyId(policy: TlsPolicy): string {
  return JSON.stringify([policy.minVersion, policy.maxVersion, policy.alpn]);
}

// TLSRef's intermediate profile, AES-128 first: it saves the SHA-384 key schedule.
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The question marks keep FIPS providers that lack a group from refusing the whole list. */
const GROUPS = '?X25519MLKEM768:?X25519:prime256v1:secp384r1';

const SESSION_SECONDS = 7_200;
