/**
 * The TLS contexts of the certificates in a store, by server name.
 *
 * @module
 */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import { ANY_HOST, findName, isAddress, isWildcard } from '../core/names.ts';
import type { Endpoint, Feed } from '../feed/feed.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import { createLookup } from '../lifecycle/feed-source.ts';
import type { SealedKeys } from '../lifecycle/sealed-keys.ts';
import type { Store } from '../store/store.ts';
import { BoundedMap } from '../core/bounded-map.ts';
import { Entries } from '../terminator/entries.ts';
import { selectCredential } from '../terminator/select-credential.ts';
import { DEFAULT_LIMITS } from '../terminator/settings.ts';

export interface ServerContextsOptions {
  readonly store: Store;
  readonly keys: SealedKeys;
  readonly clock: Clock;
  readonly feed: Pick<Feed, 'onChanged'>;
}

/** Connections of the program's own servers: only the certificate is asked for. */
const EVERY_NAME: Endpoint = {
  host: ANY_HOST,
  protocol: 'https',
  upstreams: [],
  terminate: { ...TLS_PRESETS.intermediate, alpn: [] },
};
/** ecdsa_secp256r1_sha256, for all that verify ECDSA. */
const ECDSA = [0x0403];

export class ServerContexts implements Disposable {
  readonly #entries: Entries;
  readonly #contexts = new BoundedMap<string, SecureContext>(DEFAULT_LIMITS.contexts);
  readonly #clock: Clock;

  constructor({ store, keys, clock, feed: changing }: ServerContextsOptions) {
    const lookup = createLookup({ store, keys, endpoints: [EVERY_NAME] });
    const feed: Feed = {
      lookup,
      onChanged: (listener) => changing.onChanged(listener),
      findAnswer: async () => undefined,
    };
    this.#entries = new Entries(feed, clock, DEFAULT_LIMITS);
    this.#clock = clock;
  }

  /** The server name comes from the client: any text may be one. */
  async find(serverName: string, acceptsEcdsa: boolean): Promise<SecureContext | undefined> {
    const name = findName(serverName);
    if (name === undefined || isAddress(name) || isWildcard(name)) return undefined;
    const entry = await this.#entries.find(name);
    const now = this.#clock.now().getTime();
    const credential = selectCredential(
      entry?.credentials ?? [],
      name,
      acceptsEcdsa ? ECDSA : [],
      now,
    );
    if (credential === undefined) return undefined;
    const { fingerprint256: id, chainPem: cert, privateKeyPem: key } = credential;
    const known = this.#contexts.get(id);
    if (known !== undefined) return known;
    const context = createSecureContext({ cert, key });
    this.#contexts.set(id, context);
    return context;
  }

  [Symbol.dispose](): void {
    this.#entries[Symbol.dispose]();
  }
}
