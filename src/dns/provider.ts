/**
 * The DNS provider's contract: TXT records in the zones of one credential.
 *
 * @module
 */

export interface TxtRecord {
  /** Absolute, lower-case, without trailing dot: `_acme-challenge.app.example.com`. */
  readonly name: string;
  /** At most 255 octets of ASCII. */
  readonly value: string;
  /** What the value is made of, for the few hosts that make it themselves. */
  readonly challenge?: DnsChallenge;
}

export interface DnsChallenge {
  /** Without `*.`. */
  readonly domain: string;
  readonly token: string;
  /** Never in a message. */
  readonly keyAuthorization: string;
}

export interface TxtChange {
  readonly kind: 'add' | 'remove';
  readonly record: TxtRecord;
}

export interface DnsProvider {
  /**
   * Makes `record` part of the name's TXT set and leaves other values in place: two orders may
   * validate one name at the same time. Adding a value that is already there succeeds.
   *
   * Returns once the host has accepted the change; visibility is the business of propagation.
   * @throws `dns/zone-not-found`, `dns/unauthorized`, `dns/rate-limited`, `dns/unavailable`, `dns/rejected`.
   */
  addTxt(record: TxtRecord, signal: AbortSignal): Promise<void>;
  /** Removes exactly this value. Succeeds when it is already gone. Called even when `addTxt` failed. */
  removeTxt(record: TxtRecord, signal: AbortSignal): Promise<void>;
  /** How many changes of different names the host takes at the same time; one when absent. */
  readonly mostAtOnce?: number;
  /**
   * Present where the host takes several changes in one request: each as `addTxt` or `removeTxt`,
   * no two of one record. When it fails, some may have been made.
   */
  changeTxt?(changes: readonly TxtChange[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How the visibility of a record is judged before the CA is asked to look. */
export interface PropagationSettings {
  /** Ask these (`ip` or `ip:port`) instead of the zone's own name servers. */
  readonly resolvers?: readonly string[];
  /** Then ask these (`ip` or `ip:port`) as well, until they have the record too. */
  readonly recursors?: readonly string[];
  /** Give up after this time. */
  readonly timeoutMs: number;
  /** Wait this long after every server has the value, for anycast networks. */
  readonly extraWaitMs: number;
  /** `false` trusts the provider's word and only waits `extraWaitMs`. */
  readonly check: boolean;
}

/** A named credential of the configuration, ready to use. */
export interface DnsCredential {
  readonly name: string;
  readonly provider: DnsProvider;
  readonly propagation: PropagationSettings;
}
