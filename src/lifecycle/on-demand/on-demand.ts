/**
 * Certificates that the first client of a name brings about.
 *
 * A look-up never waits: it says that a certificate is being issued, and the feed announces the name
 * when that has ended, whichever way.
 *
 * @module
 */
import { isAbort, toAppError } from '../../core/errors.ts';
import { SECOND_MS, after } from '../../core/clock.ts';
import type { Name } from '../../core/names.ts';
import type { FeedEntry, LookupClient } from '../../feed/feed.ts';
import type { Log } from '../../observe/log.ts';
import type { CertificateRecord } from '../../store/records.ts';
import type { LifecycleContext } from '../context.ts';
import type { Lookup } from '../feed-source.ts';
import type { SpecDefaults } from '../issue.ts';
import type { AskPermission } from './ask-permission.ts';
import { bringAbout } from './bring-about.ts';
import { ExpiringMap } from './expiring-map.ts';
import { type Foresight, foresee } from './foresee.ts';
import { objectionTo } from './judge-name.ts';
import { Newcomers } from './newcomers.ts';
import { isGivenUp } from './order-gate.ts';
import { Permissions } from './permissions.ts';
import type { OrderPermit } from './order-permit.ts';
import type { Refusal } from './refusal.ts';
import type { OnDemandSettings } from './settings.ts';

export interface OnDemandOptions {
  /** At the time of use, for it holds `permitOrder` of what is made here. */
  readonly context: () => LifecycleContext;
  readonly settings: () => readonly OnDemandSettings[];
  readonly defaults: () => SpecDefaults;
  /** What endpoint and store say, without bringing anything about. */
  readonly lookup: Lookup;
  readonly ask: AskPermission;
  /** Called when an attempt has ended, whichever way: who waits is to look the name up again. */
  readonly announce: (names: readonly Name[]) => void;
  readonly log?: Log | undefined;
}

const MOST_REFUSALS = 10_000;
const MOST_AT_ONCE = 100;
/** After a fault that is not the name's. */
const HESITATION_MS = 5 * SECOND_MS;

export class OnDemand implements AsyncDisposable {
  readonly #options: OnDemandOptions;
  readonly #permissions: Permissions;
  readonly #refusals: ExpiringMap<Name, Refusal>;
  readonly #newcomers: Newcomers;
  readonly #underWay = new Map<Name, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: OnDemandOptions) {
    const { clock } = options.context();
    this.#options = options;
    this.#permissions = new Permissions(options.ask, clock);
    this.#refusals = new ExpiringMap(clock, MOST_REFUSALS);
    this.#newcomers = new Newcomers(clock);
  }

  /** Begins to issue for a client what the endpoint allows and nobody has refused. */
  async lookup(name: Name, client?: LookupClient): Promise<FeedEntry | undefined> {
    const entry = await this.#options.lookup(name);
    const settings = this.#settingsOf(entry);
    if (entry === undefined || settings === undefined || this.#isServed(entry)) return entry;
    const isPending = client === undefined || this.#isBegun(name, settings, client);
    if (isPending) return { ...entry, isPending: true };
    // An expired certificate says more to a client than an alert.
    return entry.credentials.length > 0 ? entry : undefined;
  }

  /** Asked before each new order for a certificate that clients brought about. */
  async permitOrder(certificate: CertificateRecord, signal: AbortSignal): Promise<OrderPermit> {
    if (isGivenUp(certificate)) return { refused: 'it has failed too often' };
    const [name] = certificate.spec.names;
    if (name === undefined) return { refused: 'it has no name' };
    const settings = this.#settingsOf(await this.#options.lookup(name));
    if (settings === undefined) return { refused: 'no endpoint makes it on demand any more' };
    const objection = objectionTo(name, settings);
    if (objection !== undefined) return { refused: objection };
    const { permission } = settings;
    if (permission === undefined) return { isPermitted: true };
    const verdict = await this.#permissions.find(permission, { name }, signal);
    return verdict === 'allowed'
      ? { isPermitted: true }
      : { refused: 'the permission URL refuses it' };
  }

  /** What the next client of the name would bring about; `undefined` when nothing is on demand here. */
  async foresee(name: Name, signal: AbortSignal): Promise<Foresight | undefined> {
    const entry = await this.#options.lookup(name);
    const settings = this.#settingsOf(entry);
    if (entry === undefined || settings === undefined) return undefined;
    return foresee(
      {
        context: this.#options.context(),
        permissions: this.#permissions,
        isServed: this.#isServed(entry),
        isUnderWay: this.#underWay.has(name),
        refusal: this.#refusals.get(name),
      },
      name,
      settings,
      signal,
    );
  }

  /** What was refused and allowed so far was so under other settings. */
  reconsider(): void {
    this.#refusals.clear();
    this.#permissions.forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#underWay.values());
  }

  #settingsOf(entry: FeedEntry | undefined): OnDemandSettings | undefined {
    return this.#options.settings().find(({ host }) => host === entry?.endpoint.host);
  }

  #isServed({ credentials }: FeedEntry): boolean {
    const now = this.#options.context().clock.now().getTime();
    return credentials.some(({ notAfter }) => notAfter > now);
  }

  #isBegun(name: Name, settings: OnDemandSettings, client: LookupClient): boolean {
    if (this.#underWay.has(name)) return true;
    if (objectionTo(name, settings) !== undefined) return false;
    if (this.#refusals.get(name) !== undefined) return false;
    if (this.#closing.signal.aborted || this.#underWay.size >= MOST_AT_ONCE) return false;
    if (!this.#newcomers.admit(client.clientAddress)) return false;
    this.#underWay.set(name, this.#bringAbout(name, settings, client));
    return true;
  }

  async #bringAbout(
    name: Name,
    settings: OnDemandSettings,
    { clientAddress }: LookupClient,
  ): Promise<void> {
    const refusal = await this.#refusalOf(name, settings, clientAddress);
    if (refusal !== undefined) this.#refusals.set(name, refusal, refusal.until);
    this.#underWay.delete(name);
    // Also after success: what was made may be gone before the attempt has ended.
    this.#options.announce([name]);
  }

  /** Never rejects. */
  async #refusalOf(
    name: Name,
    settings: OnDemandSettings,
    clientAddress: string | undefined,
  ): Promise<Refusal | undefined> {
    const { log } = this.#options;
    const context = this.#options.context();
    const { signal } = this.#closing;
    try {
      const work = { name, settings, clientAddress, defaults: this.#options.defaults() };
      const refusal = await bringAbout(context, this.#permissions, work, signal);
      if (refusal === undefined) log?.info({ name, clientAddress }, 'certificate made on demand');
      else log?.info({ name, clientAddress, ...refusal }, 'no certificate on demand');
      return refusal;
    } catch (thrown) {
      const until = after(context.clock.now(), HESITATION_MS);
      if (isAbort(thrown, signal)) return { reason: 'certctl is stopping', until };
      const { code, message, mend } = toAppError(thrown);
      log?.warn({ name, clientAddress, code, mend }, message);
      return { reason: message, until };
    }
  }
}
