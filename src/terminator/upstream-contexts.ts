/**
 * TLS contexts for connections to upstreams, one for all that are told the same.
 *
 * @module
 */
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { UpstreamTls } from '../feed/upstream.ts';
import { BoundedMap } from '../core/bounded-map.ts';

/** Without a shared one Node makes a context for each connection, and keeps it for long. */
export class UpstreamContexts {
  readonly #contexts = new BoundedMap<string, SecureContext>(MOST_CONTEXTS);
  #systemRoots: string[] | undefined;

  find(tls: UpstreamTls = {}): SecureContext {
    const { caPem, certificatePem, privateKeyPem } = tls;
    const key = JSON.stringify([caPem, certificatePem, privateKeyPem]);
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const context = createSecureContext({
      ca: caPem ?? this.#roots(),
      ...(certificatePem === undefined ? {} : { cert: certificatePem }),
      ...(privateKeyPem === undefined ? {} : { key: privateKeyPem }),
      minVersion: 'TLSv1.2',
    });
    this.#contexts.set(key, context);
    return context;
  }

  /** Those of the system; those that Node brings along where the system has none. */
  #roots(): string[] {
    if (this.#systemRoots === undefined) {
      const ofSystem = getCACertificates('system');
      this.#systemRoots = ofSystem.length > 0 ? ofSystem : getCACertificates('bundled');
    }
    return this.#systemRoots;
  }
}

const MOST_CONTEXTS = 1_000;
