/**
 * Opens issuers, each at its first use: those of the configuration, and those kept by the store.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type Throttle, createThrottle } from '../acme/throttle.ts';
import type { AcmeIssuerSettings, IssuerSettings } from '../issuers/issuer-settings.ts';
import { nearestWord } from '../core/nearest-word.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { limitsOf, requestScope } from '../lifecycle/budget/limits.ts';
import { type InternalIssuerOptions, createInternalIssuer } from '../issuers/internal/issuer.ts';
import type { AccountVault, AuthorityVault, Issuer, IssuerSource } from '../issuers/issuer.ts';
import type { SolverSource } from '../challenges/solver.ts';
import type { BudgetTable } from '../store/budgets.ts';
import type { IssuerRecord } from '../store/records.ts';
import type { StoredIssuers } from './stored-issuers.ts';

export interface IssuersOptions {
  readonly configured: Readonly<Record<string, IssuerSettings>>;
  readonly stored: StoredIssuers;
  /** Shared with the other processes on this store. */
  readonly budgets: Pick<BudgetTable, 'take'>;
  readonly accounts: AccountVault;
  readonly authorities: AuthorityVault;
  readonly solvers: SolverSource;
  readonly userAgent: string;
  readonly clock: Clock;
}

export interface Issuers extends IssuerSource {
  /**
   * Takes up an issuer that no configuration names, and returns the name it goes by. It is kept by
   * the store for renewals, or known to this process only.
   */
  adopt(settings: IssuerSettings, keeping: 'store' | 'process'): Promise<string>;
  /** An issuer for one piece of work, known to nobody else; its opener closes it. */
  openOnce(settings: IssuerSettings): Promise<Issuer>;
  /** @throws `issuer/unsupported` when the issuer is not an internal one. */
  internalOptions(name: string): Promise<InternalIssuerOptions>;
  close(): Promise<void>;
}

export function createIssuers(options: IssuersOptions): Issuers {
  const opened = new Map<string, Promise<Issuer>>();
  const outdated: Promise<Issuer>[] = [];
  const throttles = new Map<string, Throttle>();
  const adopted = new Map<string, IssuerSettings>();

  async function settingsOf(name: string): Promise<IssuerSettings> {
    const configured = options.configured[name] ?? adopted.get(name);
    if (configured !== undefined) return configured;
    const stored = await options.stored.list();
    const record = stored.find((candidate) => candidate.name === name);
    if (record !== undefined) return options.stored.open(record);
    const known = [...Object.keys(options.configured), ...stored.map((issuer) => issuer.name)];
    const nearest = nearestWord(name, known);
    throw new AppError('issuer/unknown', `there is no issuer "${name}"`, {
      mend: `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}Known are ${known.join(', ')}.`,
    });
  }

  /** One for all issuers of a directory, as its CA sees one client. */
  function throttleFor({ directory, limits }: AcmeIssuerSettings): Throttle | undefined {
    const { requests } = limitsOf(directory, limits ?? {});
    if (requests === undefined) return undefined;
    const draw = { scope: requestScope(directory), limit: requests };
    const takeLeave = async (now: Date) => (await options.budgets.take([draw], now))?.retryAt;
    const throttle = throttles.get(directory) ?? createThrottle(takeLeave, options.clock);
    throttles.set(directory, throttle);
    return throttle;
  }

  async function open(name: string): Promise<Issuer> {
    return create(name, await settingsOf(name));
  }

  async function create(name: string, settings: IssuerSettings): Promise<Issuer> {
    const { clock, solvers, userAgent } = options;
    if (settings.type === 'internal') {
      const { commonName } = settings;
      return createInternalIssuer({ name, commonName, vault: options.authorities, clock });
    }
    // The ACME client is the largest part of the program: those who only look do not load it.
    const { createAcmeIssuer } = await import('../issuers/acme/issuer.ts');
    return createAcmeIssuer({
      name,
      directoryUrl: settings.directory,
      email: settings.email,
      acceptTerms: settings.acceptTerms,
      caBundle: settings.caBundle,
      profile: settings.profile,
      preferredChain: settings.preferredChain,
      limits: settings.limits,
      throttle: throttleFor(settings),
      externalAccount: settings.externalAccount,
      accountKeyType: settings.accountKeyType ?? 'ec256',
      stagingDirectoryUrl: settings.staging,
      vault: options.accounts,
      solvers,
      userAgent,
      clock,
    });
  }

  function find(name: string): Promise<Issuer> {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const opening = open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  }

  return {
    find,
    openOnce: (settings) =>
      create(settings.type === 'acme' ? new URL(settings.directory).host : settings.type, settings),
    async adopt(settings, keeping) {
      if (settings.type !== 'acme') return settings.type;
      const stored = await options.stored.list();
      const name = nameFor(settings, [...stored, ...configuredRecords(options.configured)]);
      const record = stored.find((candidate) => candidate.name === name);
      const before = record && (await options.stored.open(record));
      if (isDeepStrictEqual(plain(before), plain(settings))) return name;
      if (keeping === 'process') adopted.set(name, settings);
      else await options.stored.save(name, settings);
      const superseded = opened.get(name);
      // An order may still use it: it is closed with all the others.
      if (superseded !== undefined) outdated.push(superseded);
      opened.delete(name);
      return name;
    },
    async internalOptions(name) {
      const settings = await settingsOf(name);
      if (settings.type === 'internal') {
        const { commonName } = settings;
        return { name, commonName, vault: options.authorities, clock: options.clock };
      }
      throw new AppError('issuer/unsupported', `the issuer "${name}" is not an internal CA`, {
        mend: 'Name an issuer of type internal.',
      });
    },
    async close() {
      const issuers = await Promise.allSettled([...opened.values(), ...outdated]);
      for (const issuer of issuers) {
        if (issuer.status === 'fulfilled') await issuer.value.close();
      }
    },
  };
}

/** As JSON has it: without what is `undefined`, whatever the order. */
function plain(settings: IssuerSettings | undefined): unknown {
  return settings && JSON.parse(JSON.stringify(settings));
}

function configuredRecords(configured: IssuersOptions['configured']): IssuerRecord[] {
  return Object.entries(configured).map(([name, settings]) => ({ name, settings }));
}

/** What tells issuers apart. */
const identity = z.object({ type: z.string(), directory: z.string().optional() });

/** The host, as people name CAs; with the path where the host has several directories. */
function nameFor({ directory }: AcmeIssuerSettings, known: readonly IssuerRecord[]): string {
  const { host, pathname } = new URL(directory);
  const namesake = known.find(({ name }) => name === host);
  const other = identity.safeParse(namesake?.settings);
  const isTaken =
    other.success && (other.data.type !== 'acme' || other.data.directory !== directory);
  return isTaken ? `${host}${pathname}` : host;
}
