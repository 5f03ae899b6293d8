/**
 * The checks that are cheap enough to be made by themselves, around each order.
 *
 * @module
 */
import type { ChallengeSettings } from '../../core/certificate-spec.ts';
import { MINUTE_MS, SECOND_MS, type Clock, after } from '../../core/clock.ts';
import { mapConcurrently } from '../../core/concurrency.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { type Name, baseName, displayName, isAddress } from '../../core/names.ts';
import { findAddresses, findDelegation } from '../../dns/addresses.ts';
import { type CaaLookup, findCaa } from '../../dns/caa.ts';
import { type DelegationZone, delegationRecord } from '../../dns/delegation.ts';
import { persistRecordName } from '../../dns/persist-record.ts';
import type { OpenResolver } from '../../dns/resolver.ts';
import { findTxtAtServers, type ServerTxt } from '../../dns/txt-at-servers.ts';
import type { IssuerFacts } from '../../issuers/issuer.ts';
import type { Reporter } from '../../observe/progress.ts';
import { judgeCaa } from './caa-policy.ts';
import { TOLERABLE_CLOCK_ERROR_MS, clockText } from './clock-error.ts';
import type { NameFacts } from './facts.ts';
import { isByDns, isStanding, methodsFor } from '../../challenges/methods.ts';
import { type OwnAddresses, destinationOf, ownAddresses } from './own-addresses.ts';
import type { PreflightSettings } from './settings.ts';

export interface OrderPlan extends ChallengeSettings {
  readonly names: readonly Name[];
}

export interface Preflight {
  /**
   * Refuses an order that the CA would have to refuse, and warns of what may spoil it. What cannot
   * be found out in a few seconds does not hold the order up.
   * @throws `preflight/caa`.
   */
  beforeOrder(
    plan: OrderPlan,
    facts: IssuerFacts,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<void>;
  /** Names that no connection of the CA would find here: those that surely lead elsewhere. */
  findStrays(plan: OrderPlan, signal: AbortSignal): Promise<readonly Stray[]>;
  /** All that DNS knows of the names. */
  look(plan: OrderPlan, signal: AbortSignal): Promise<readonly NameFacts[]>;
  ownAddresses(): OwnAddresses;
}

export interface Stray {
  readonly name: Name;
  /** `leads to 203.0.113.9`. */
  readonly message: string;
}

export interface PreflightOptions {
  readonly openResolver: OpenResolver;
  readonly settings: () => PreflightSettings;
  /** Where owners of names delegate their challenge records to. */
  readonly delegation?: () => DelegationZone | undefined;
  readonly interfaceAddresses: () => readonly string[];
  readonly clock: Clock;
}

/** An order takes seconds anyway; DNS that needs longer is broken. */
const PATIENCE_MS = 3 * SECOND_MS;
/** A resolver that has not answered is not waited for again at once. */
const SILENCE_MS = MINUTE_MS;
const AT_ONCE = 10;

export function createPreflight(options: PreflightOptions): Preflight {
  const { openResolver, settings, interfaceAddresses, clock } = options;
  let silentUntil: Date | undefined;

  async function lookUpCaa(
    hosts: readonly Name[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Name, CaaLookup>> {
    if (silentUntil !== undefined && clock.now() < silentUntil) return new Map();
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    const resolver = openResolver(settings().resolvers);
    try {
      const both = AbortSignal.any([signal, timeout]);
      const find = async (host: Name) => [host, await findCaa(host, resolver, both)] as const;
      return new Map(await mapConcurrently(hosts, AT_ONCE, find));
    } catch (thrown) {
      signal.throwIfAborted();
      if (!timeout.aborted) throw thrown;
      silentUntil = after(clock.now(), SILENCE_MS);
      return new Map();
    }
  }

  async function lookUpPersist(host: Name, signal: AbortSignal): Promise<readonly ServerTxt[]> {
    const record = persistRecordName(host);
    try {
      return await findTxtAtServers(record, openResolver, settings().resolvers, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      return [{ server: 'DNS', known: false, reason: toAppError(thrown).message }];
    }
  }

  const ourAddresses = (): OwnAddresses =>
    ownAddresses(interfaceAddresses(), settings().publicAddresses);

  return {
    ownAddresses: ourAddresses,
    async look({ names, challenges }, signal) {
      const resolver = openResolver(settings().resolvers);
      return mapConcurrently(names, AT_ONCE, async (name): Promise<NameFacts> => {
        if (isAddress(name)) return { name };
        const host = baseName(name);
        const needsRecord = methodsFor(name, challenges).some(isStanding);
        const [addresses, delegation, caa, persist] = await Promise.all([
          findAddresses(host, resolver, signal),
          findDelegation(host, resolver, signal),
          findCaa(host, resolver, signal),
          needsRecord ? lookUpPersist(host, signal) : undefined,
        ]);
        return {
          name,
          addresses,
          caa,
          ...(delegation === undefined ? {} : { delegation }),
          ...wantedDelegation(options.delegation?.(), host),
          ...(persist === undefined ? {} : { persist }),
        };
      });
    },
    async beforeOrder({ names, challenges }, facts, report, signal) {
      warnOfClock(facts, report);
      const hosts = [...new Set(names.filter((name) => !isAddress(name)).map(baseName))];
      const lookups = await lookUpCaa(hosts, signal);
      for (const name of names) {
        const lookup = lookups.get(baseName(name));
        if (lookup === undefined) continue;
        const methods = methodsFor(name, challenges);
        const { caaIdentities: identities, accountUrl } = facts;
        const judgement = judgeCaa(lookup, { name, identities, accountUrl, methods });
        if (judgement.outcome === 'refused') throw refusal(name, judgement.why, identities);
        if (judgement.outcome === 'unanswered' && judgement.why.includes('SERVFAIL')) {
          report({ step: 'warning', message: `${judgement.why}: the CA may refuse for that` });
        }
      }
    },
    async findStrays({ names, challenges }, signal) {
      const resolver = openResolver(settings().resolvers);
      const own = ourAddresses();
      const needConnections = names.filter((name) => {
        const methods = methodsFor(name, challenges);
        return methods.length > 0 && !methods.some(isByDns) && !isAddress(name);
      });
      const found = await mapConcurrently(needConnections, AT_ONCE, async (name) => {
        const destination = destinationOf(await findAddresses(name, resolver, signal), own);
        if (destination.leads === 'nowhere') return [{ name, message: 'has no address' }];
        if (destination.leads !== 'elsewhere') return [];
        return [{ name, message: `leads to ${destination.others.join(', ')}` }];
      });
      return found.flat();
    },
  };
}

function wantedDelegation(
  wanted: DelegationZone | undefined,
  host: Name,
): Pick<NameFacts, 'wantedDelegation'> {
  if (wanted === undefined) return {};
  const { value: target } = delegationRecord(host, wanted.zone);
  return { wantedDelegation: { ...wanted, target } };
}

function warnOfClock({ clockAheadMs = 0 }: IssuerFacts, report: Reporter): void {
  if (Math.abs(clockAheadMs) <= TOLERABLE_CLOCK_ERROR_MS) return;
  report({ step: 'warning', message: clockText(clockAheadMs) });
}

function refusal(name: Name, why: string, identities: readonly string[]): AppError {
  return new AppError('preflight/caa', `the CA may not issue for ${displayName(name)}: ${why}`, {
    mend: `Set a CAA record such as ${baseName(name)} CAA 0 issue "${identities[0] ?? ''}", choose another issuer, or name resolvers that see the public records under preflight: in the configuration.`,
    context: { name },
  });
}
