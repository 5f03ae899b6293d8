/**
 * The operations that look at what there is.
 *
 * @module
 */
import type {
  DnsCredentialView,
  EndpointView,
  IssuanceDetail,
  IssuerView,
  OrderView,
  ResourceOperations,
} from '../api/resource-operations.ts';
import type { Config } from '../config/config.ts';
import { type Clock, SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { type Name, isWithin, parseName } from '../core/names.ts';
import { upstreamText } from '../feed/upstream.ts';
import { viewCertificate, viewIssuance } from '../lifecycle/view.ts';
import type { InventoryCounts } from '../store/inventory.ts';
import type { IssuanceRecord, OrderRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

const SHARED_COUNT_MS = 2 * SECOND_MS;

type InventoryOperations = Omit<
  ResourceOperations,
  'readMetrics' | 'listTokens' | 'createToken' | 'rotateToken' | 'revokeToken'
>;

export interface InventoryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly config: () => Config;
}

export function createInventoryOperations({
  store,
  clock,
  config,
}: InventoryOptions): InventoryOperations {
  const { inventory } = store;
  const counted = new Map<
    string,
    { readonly at: number; readonly counts: Promise<InventoryCounts> }
  >();

  /** Whoever looks at the same names at the same moment shares the count. */
  function count(within: readonly Name[] | undefined): Promise<InventoryCounts> {
    const now = clock.now();
    for (const [key, { at }] of counted) {
      if (now.getTime() - at >= SHARED_COUNT_MS) counted.delete(key);
    }
    const key = JSON.stringify(within ?? null);
    const shared = counted.get(key);
    if (shared !== undefined) return shared.counts;
    const counts = inventory.count({ now, within });
    counted.set(key, { at: now.getTime(), counts });
    counts.catch(() => counted.delete(key));
    return counts;
  }

  return {
    async findCertificates({ sort, limit, after, within, ...given }) {
      const { status, expiresFrom, expiresBefore, name, text } = given;
      const filter = {
        now: clock.now(),
        within: namesOf(within),
        status,
        expiresFrom: expiresFrom === undefined ? undefined : new Date(expiresFrom),
        expiresBefore: expiresBefore === undefined ? undefined : new Date(expiresBefore),
        name: name === undefined ? undefined : parseName(name),
        text,
      };
      const found = await inventory.certificates(filter, { sort, limit, after });
      return found.map(({ certificate, issuance }) =>
        viewCertificate(clock, certificate, issuance),
      );
    },
    countCertificates: ({ within }) => count(namesOf(within)),
    async listIssuances({ certificateId, within, limit, after }) {
      const filter = { certificateId, within: namesOf(within) };
      const page = { limit, ...(after === undefined ? {} : { after }) };
      return (await inventory.issuances(filter, page)).map(viewIssuanceDetail);
    },
    async showIssuance({ id }) {
      const found = await store.issuances.find(id);
      if (found === undefined) throw notFound('issuance', id);
      return viewIssuanceDetail(found);
    },
    async listOrders({ certificateId, within, isFinished, limit, after }) {
      const filter = { certificateId, within: namesOf(within), isFinished };
      const page = { limit, ...(after === undefined ? {} : { after }) };
      return (await inventory.orders(filter, page)).map(viewOrder);
    },
    async showOrder({ id }) {
      const found = await store.orders.find(id);
      if (found === undefined) throw notFound('order', id);
      return viewOrder(found);
    },
    async listEndpoints({ within }) {
      const patterns = namesOf(within);
      return config()
        .endpoints.filter(({ host }) => patterns === undefined || isWithin(patterns, [host]))
        .map(({ host, protocol, terminate, upstreams, redirect }): EndpointView => ({
          host,
          protocol,
          isTerminated: terminate !== undefined,
          upstreams: upstreams.map(upstreamText),
          ...(redirect === undefined ? {} : { redirect: redirect.location }),
        }));
    },
    async listIssuers() {
      const { issuers, defaults } = config();
      const configured = Object.entries(issuers).map(([name, settings]): IssuerView => ({
        name,
        type: settings.type,
        ...(settings.type === 'acme' ? { directory: settings.directory } : {}),
        isDefault: defaults.issuers.includes(name),
        source: 'configuration',
      }));
      const stored = (await store.issuers.list()).map(({ name, settings }): IssuerView => {
        const { type, directory } = settings as { type: 'acme' | 'internal'; directory?: string };
        return {
          name,
          type,
          ...(directory === undefined ? {} : { directory }),
          isDefault: false,
          source: 'store',
        };
      });
      return [...configured, ...stored];
    },
    async listAccounts() {
      return (await store.accounts.list()).map(
        ({ directoryUrl, url, contact, createdAt, deactivatedAt }) => ({
          directory: directoryUrl,
          ...(url === undefined ? {} : { url }),
          contact,
          createdAt: createdAt.toISOString(),
          ...(deactivatedAt === undefined ? {} : { deactivatedAt: deactivatedAt.toISOString() }),
        }),
      );
    },
    async listDnsCredentials() {
      return Object.entries(config().dns).map(([name, settings]): DnsCredentialView => {
        const zones = 'zones' in settings ? settings.zones : undefined;
        return {
          name,
          provider: settings.provider,
          ...(zones === undefined ? {} : { zones }),
        };
      });
    },
    async listAudit({ after, ...filter }) {
      const page = { ...filter, ...(after === undefined ? {} : { after }) };
      const records = await store.audit.list(page);
      return records.map(({ at, finishedAt, ...record }) => ({
        ...record,
        at: at.toISOString(),
        ...(finishedAt === undefined ? {} : { finishedAt: finishedAt.toISOString() }),
      }));
    },
  };
}

function namesOf(within: readonly string[] | undefined): readonly Name[] | undefined {
  return within?.map(parseName);
}

function viewIssuanceDetail(record: IssuanceRecord): IssuanceDetail {
  return {
    id: record.id,
    certificateId: record.certificateId,
    names: record.names,
    ...viewIssuance(record),
    ...(record.keySecretId === undefined ? { isKeyElsewhere: true } : {}),
  };
}

function viewOrder(record: OrderRecord): OrderView {
  const { id, certificateId, spec, issuer, reason, outcome, url, challenge, finishedAt } = record;
  return {
    id,
    certificateId,
    names: spec.names,
    issuer,
    reason,
    state: outcome ?? 'unfinished',
    ...(url === undefined ? {} : { url }),
    ...(challenge === undefined ? {} : { challenge }),
    ...(record.isRehearsal === true ? { isRehearsal: true } : {}),
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    ...(finishedAt === undefined ? {} : { finishedAt: finishedAt.toISOString() }),
    ...(record.error === undefined ? {} : { error: record.error }),
  };
}

function notFound(kind: string, id: string): AppError {
  return new AppError('api/not-found', `there is no ${kind} ${id}`, {
    mend: 'List them to see what there is.',
  });
}
