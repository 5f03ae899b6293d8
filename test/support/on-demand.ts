/**
 * Certificates on demand over a real store, with a permission that a test answers.
 *
 * @module
 */
import { MINUTE_MS, HOUR_MS } from '../../src/core/clock.ts';
import { ANY_HOST, type Name, parseName } from '../../src/core/names.ts';
import type { Endpoint, TlsPolicy } from '../../src/feed/feed.ts';
import type { Issuer } from '../../src/issuers/issuer.ts';
import type { LifecycleContext } from '../../src/lifecycle/context.ts';
import { createLookup } from '../../src/lifecycle/feed-source.ts';
import type { SpecDefaults } from '../../src/lifecycle/issue.ts';
import type { AskPermission } from '../../src/lifecycle/on-demand/ask-permission.ts';
import { OnDemand } from '../../src/lifecycle/on-demand/on-demand.ts';
import type { OnDemandSettings } from '../../src/lifecycle/on-demand/settings.ts';
import { type TestLifecycle, defaultsFor, openLifecycle } from './lifecycle.ts';

export const PERMISSION = {
  url: 'https://permission.example/ask',
  timeoutMs: 1_000,
  allowedMs: 10 * MINUTE_MS,
  refusedMs: MINUTE_MS,
};

export function settingsFor(
  host: string,
  fields: Partial<OnDemandSettings> = {},
): OnDemandSettings {
  return {
    host: host === '*' ? ANY_HOST : parseName(host),
    permission: PERMISSION,
    depth: 3,
    limit: { count: 20, perMs: HOUR_MS },
    totalLimit: { count: 100, perMs: HOUR_MS },
    refusedMs: MINUTE_MS,
    ...fields,
  };
}

export interface TestOnDemand extends AsyncDisposable {
  readonly onDemand: OnDemand;
  readonly lifecycle: TestLifecycle;
  readonly context: LifecycleContext;
  /** The name of every attempt that has ended. */
  readonly ended: readonly Name[];
  /** Looks the name up until nothing is being issued for it. */
  settle(name: string, clientAddress?: string): ReturnType<OnDemand['lookup']>;
}

interface TestOnDemandOptions {
  /** Changes take effect at once. */
  readonly settings: readonly OnDemandSettings[];
  readonly ask: AskPermission;
  readonly issuers?: readonly Issuer[];
  readonly defaults?: SpecDefaults;
}

export async function openOnDemand({
  settings,
  ask,
  issuers = [],
  defaults = defaultsFor(),
}: TestOnDemandOptions): Promise<TestOnDemand> {
  const lifecycle = await openLifecycle(issuers);
  const ended: Name[] = [];
  const context: LifecycleContext = {
    ...lifecycle.context,
    permitOrder: (certificate, signal) => onDemand.permitOrder(certificate, signal),
    onChanged: (names) => wake(names),
  };
  const endpoints = settings.map(({ host }) => endpointFor(host));
  const waiting = new Map<Name, () => void>();
  const wake = (names: readonly Name[]): void => {
    for (const name of names) waiting.get(name)?.();
  };
  const onDemand = new OnDemand({
    context: () => context,
    settings: () => settings,
    defaults: () => defaults,
    lookup: createLookup({ store: context.store, keys: context.keys, endpoints }),
    ask,
    announce: (names) => {
      ended.push(...names);
      wake(names);
    },
  });
  return {
    onDemand,
    lifecycle,
    context,
    ended,
    async settle(text, clientAddress) {
      const name = parseName(text);
      const client = clientAddress === undefined ? {} : { clientAddress };
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.set(name, resolve);
        const entry = await onDemand.lookup(name, client);
        if (entry?.isPending !== true) return entry;
        await promise;
      }
    },
    async [Symbol.asyncDispose]() {
      await onDemand[Symbol.asyncDispose]();
      await lifecycle[Symbol.asyncDispose]();
    },
  };
}

function endpointFor(host: Name): Endpoint {
  return {
    host,
    protocol: 'tls',
    terminate: { minVersion: '1.2', maxVersion: '1.3', alpn: [] } as unknown as TlsPolicy,
    upstreams: [],
  } as unknown as Endpoint;
}
