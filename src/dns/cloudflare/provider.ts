/**
 * Changes TXT records in zones at Cloudflare.
 *
 * @module
 */
import { z } from 'zod';
import { ATTEMPTS } from '../attempts.ts';
import { quoteText, unquoteText } from '../character-strings.ts';
import { refusalReasons } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider, TxtRecord } from '../provider.ts';
import { createRecordProvider, type HostedTxt } from '../record-provider.ts';
import { searchZoneByName } from '../zone-search.ts';
import { type CloudflareApi, createCloudflareApi } from './api.ts';
import type { CloudflareSettings } from './metadata.ts';

export function createCloudflareProvider(
  { apiToken, zones }: CloudflareSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createCloudflareApi({ apiToken, baseUrl, clock });
  return createRecordProvider<Zone>({
    findZone: searchZoneByName<Zone>(
      { host: 'Cloudflare', clock, allowed: zones },
      (candidate, name, signal) => lookUpZone(api, candidate, name, signal),
    ),
    list: (zone, name, signal) => listRecords(api, zone, name, signal),
    create: (zone, record, signal) => createRecord(api, zone, record, signal),
    delete: (zone, id, name, signal) => deleteRecord(api, zone, id, name, signal),
    close: () => api.close(),
  });
}

type Zone = z.output<typeof ZONE>;

async function lookUpZone(
  api: CloudflareApi,
  candidate: string,
  name: string,
  signal: AbortSignal,
): Promise<Zone | undefined> {
  const { result } = await api.send(
    {
      attempt: ATTEMPTS.findZone(name),
      method: 'GET',
      path: '/zones',
      query: { name: candidate, per_page: '50' },
    },
    z.array(ZONE),
    signal,
  );
  const found = result.filter((zone) => zone.name === candidate);
  // A domain may be in several accounts while it moves; the active one answers queries.
  return found.find(({ status }) => status === 'active') ?? found[0];
}

async function listRecords(
  api: CloudflareApi,
  zone: Zone,
  name: string,
  signal: AbortSignal,
): Promise<HostedTxt[]> {
  const records: HostedTxt[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { result, totalPages } = await api.send(
      {
        attempt: ATTEMPTS.list(name),
        method: 'GET',
        path: `/zones/${zone.id}/dns_records`,
        query: { type: 'TXT', name, per_page: '100', page: `${page}` },
      },
      z.array(RECORD),
      signal,
    );
    records.push(...result.map(({ id, content }) => ({ id, value: unquoteText(content) })));
    if (page >= totalPages) break;
  }
  return records;
}

async function createRecord(
  api: CloudflareApi,
  zone: Zone,
  { name, value }: TxtRecord,
  signal: AbortSignal,
): Promise<void> {
  try {
    await api.send(
      {
        attempt: ATTEMPTS.create(name),
        method: 'POST',
        path: `/zones/${zone.id}/dns_records`,
        json: { type: 'TXT', name, content: quoteText(value), ttl: SHORTEST_TTL_SECONDS },
      },
      z.unknown(),
      signal,
    );
  } catch (thrown) {
    // Somebody else was faster with the same value.
    if (!refusalReasons(thrown).some((code) => EXISTS.has(code))) throw thrown;
  }
}

async function deleteRecord(
  api: CloudflareApi,
  zone: Zone,
  id: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await api.send(
      {
        attempt: ATTEMPTS.delete(name),
        method: 'DELETE',
        path: `/zones/${zone.id}/dns_records/${id}`,
      },
      z.unknown(),
      signal,
    );
  } catch (thrown) {
    if (!refusalReasons(thrown).includes(IS_GONE)) throw thrown;
  }
}

// Identifiers become part of a path.
const ID = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const ZONE = z.object({ id: ID, name: z.string(), status: z.string().optional() });
const RECORD = z.object({ id: ID, content: z.string() });

const API_URL = 'https://api.cloudflare.com/client/v4';
const SHORTEST_TTL_SECONDS = 60;
const MOST_PAGES = 20;

/** Refusals of Cloudflare that mean success here. */
const EXISTS: ReadonlySet<number | string> = new Set([81057, 81058]);
const IS_GONE = 81044;
