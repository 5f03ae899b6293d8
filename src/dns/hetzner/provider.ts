/**
 * Changes TXT records in zones of the Cloud API of Hetzner.
 *
 * @module
 */
import { z } from 'zod';
import { type Clock, MINUTE_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi, type HostApi, type HostRequest } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider } from '../record-set-provider.ts';
import { plainName, relativeName, searchZoneList, type Zone } from '../zone-search.ts';
import type { HetznerSettings } from './metadata.ts';

interface HetznerZone extends Zone {
  readonly id: number;
}

export function createHetznerProvider(
  { apiToken, zones }: HetznerSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: HOST,
    baseUrl,
    clock,
    secrets: [apiToken],
    authorize: () => ({ authorization: `Bearer ${apiToken}` }),
    unauthorizedMend: 'Give a token with write access of the project that has the zone.',
  });
  return createRecordSetProvider<HetznerZone>(
    {
      findZone: searchZoneList({ host: HOST, clock, allowed: zones }, (signal) =>
        listZones(api, signal),
      ),
      read: async (zone, name, signal) => {
        const attempt = ATTEMPTS.list(name);
        const path = pathOf(name, zone);
        const found = await api.find({ attempt, method: 'GET', path }, RECORD_SET, signal);
        return {
          contents: found?.rrset.records.map(({ value }) => value) ?? [],
          ttlSeconds: found?.rrset.ttl ?? undefined,
        };
      },
      write: async ({ zone, name, before, contents }, signal) => {
        // Actions on single values of a set cannot undo what others do to it.
        const added = contents.filter((content) => !before.contents.includes(content));
        const removed = before.contents.filter((content) => !contents.includes(content));
        const attempt = ATTEMPTS.write(name);
        const path = `${pathOf(name, zone)}/actions`;
        const isNew = before.contents.length === 0;
        const request: HostRequest =
          removed.length === 0
            ? {
                attempt,
                method: 'POST',
                path: `${path}/add_records`,
                json: {
                  records: added.map((value) => ({ value })),
                  ...(isNew ? { ttl: SHORTEST_TTL_SECONDS } : {}),
                },
                expected: [409, 423],
              }
            : {
                attempt,
                method: 'POST',
                path: `${path}/remove_records`,
                json: { records: removed.map((value) => ({ value })) },
                expected: [404, 409, 423],
              };
        const answer = await api.find(request, ANSWER, signal);
        if (answer === undefined) return 'conflict';
        await awaitAction(api, clock, attempt, answer.action, signal);
        return 'written';
      },
      close: () => api.close(),
    },
    clock,
  );
}

/** Changes are made after the answer; a set that is read before its change is done is the old one. */
async function awaitAction(
  api: HostApi,
  clock: Clock,
  attempt: string,
  begun: z.output<typeof ACTION>,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = clock.now().getTime() + MINUTE_MS;
  let action = begun;
  while (action.status === 'running') {
    if (clock.now().getTime() > giveUpAt) {
      throw new AppError('dns/unavailable', `${attempt}: ${HOST} does not finish`, {
        mend: 'Try again later; look at the status page of Hetzner.',
        context: { action: action.id },
      });
    }
    await clock.sleep(POLL_MS, signal);
    const path = `/actions/${action.id}`;
    ({ action } = await api.ask({ attempt, method: 'GET', path }, ANSWER, signal));
  }
  if (action.status !== 'error') return;
  throw new AppError(
    'dns/rejected',
    `${attempt}: ${action.error?.message ?? 'the action failed'}`,
    {
      mend: 'Check the zone at Hetzner for what stands in the way.',
      context: { action: action.id, reasons: [action.error?.code ?? 'unknown'] },
    },
  );
}

async function* listZones(api: HostApi, signal: AbortSignal): AsyncGenerator<HetznerZone[]> {
  for (let page: number | null = 1; page !== null;) {
    const answer: z.output<typeof ZONES> = await api.ask(
      {
        attempt: ATTEMPTS.listZones,
        method: 'GET',
        path: '/zones',
        query: { page: `${page}`, per_page: `${PAGE_SIZE}` },
      },
      ZONES,
      signal,
    );
    // A secondary zone takes its records from another server.
    yield answer.zones.filter(({ mode }) => mode === 'primary');
    page = answer.meta.pagination.next_page;
  }
}

function pathOf(name: string, zone: HetznerZone): string {
  return `/zones/${zone.id}/rrsets/${encodeURIComponent(relativeName(name, zone, '@'))}/TXT`;
}

const ZONES = z.object({
  zones: z.array(
    z.object({ id: z.int(), name: z.string().transform(plainName), mode: z.string() }),
  ),
  meta: z.object({ pagination: z.object({ next_page: z.int().nullable() }) }),
});
const RECORD_SET = z.object({
  rrset: z.object({
    ttl: z.int().nullish(),
    records: z.array(z.object({ value: z.string() })),
  }),
});
const ACTION = z.object({
  id: z.int(),
  status: z.enum(['running', 'success', 'error']),
  error: z.object({ code: z.string(), message: z.string() }).nullish(),
});
const ANSWER = z.object({ action: ACTION });

const HOST = 'Hetzner';
const API_URL = 'https://api.hetzner.cloud/v1';
const PAGE_SIZE = 50;
const POLL_MS = 500;
const SHORTEST_TTL_SECONDS = 60;
