/**
 * Changes TXT records in domains at DigitalOcean.
 *
 * @module
 */
import { z } from 'zod';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi, type HostApi } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { changeCollection } from '../record-collection.ts';
import { createRecordProvider, type HostedTxt } from '../record-provider.ts';
import { plainName, relativeName, searchZoneList, type Zone } from '../zone-search.ts';
import type { DigitalOceanSettings } from './metadata.ts';

export function createDigitalOceanProvider(
  { apiToken, zones }: DigitalOceanSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: 'DigitalOcean',
    baseUrl,
    clock,
    secrets: [apiToken],
    authorize: () => ({ authorization: `Bearer ${apiToken}` }),
    unauthorizedMend: 'Give a token that is valid and may read, create and delete domain records.',
  });
  return createRecordProvider<Zone>({
    findZone: searchZoneList({ host: 'DigitalOcean', clock, allowed: zones }, (signal) =>
      listZones(api, signal),
    ),
    list: (zone, name, signal) => listRecords(api, zone, name, signal),
    ...changeCollection<Zone>(api, {
      path: recordsOf,
      record: (zone, { name, value }) => ({
        type: 'TXT',
        name: relativeName(name, zone, '@'),
        data: value,
        ttl: SHORTEST_TTL_SECONDS,
      }),
    }),
    close: () => api.close(),
  });
}

async function* listZones(api: HostApi, signal: AbortSignal): AsyncGenerator<Zone[]> {
  for (let page = 1, hasNext = true; hasNext; page += 1) {
    const query = { per_page: `${PAGE_SIZE}`, page: `${page}` };
    const { domains, links } = await api.ask(
      { attempt: ATTEMPTS.listZones, method: 'GET', path: '/domains', query },
      z.object({ domains: z.array(DOMAIN), links: LINKS }),
      signal,
    );
    yield domains;
    hasNext = links?.pages?.next !== undefined;
  }
}

function recordsOf({ name }: Zone): string {
  return `/domains/${name}/records`;
}

async function listRecords(
  api: HostApi,
  zone: Zone,
  name: string,
  signal: AbortSignal,
): Promise<HostedTxt[]> {
  const records: HostedTxt[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { domain_records: found, links } = await api.ask(
      {
        attempt: ATTEMPTS.list(name),
        method: 'GET',
        path: recordsOf(zone),
        query: { type: 'TXT', name, per_page: `${PAGE_SIZE}`, page: `${page}` },
      },
      z.object({ domain_records: z.array(RECORD), links: LINKS }),
      signal,
    );
    records.push(...found.map(({ id, data }) => ({ id: `${id}`, value: data })));
    if (links?.pages?.next === undefined) break;
  }
  return records;
}

const LINKS = z.object({ pages: z.object({ next: z.string().optional() }).optional() }).optional();
const DOMAIN = z.object({ name: z.string().transform(plainName) });
const RECORD = z.object({ id: z.int(), data: z.string() });

const API_URL = 'https://api.digitalocean.com/v2';
const PAGE_SIZE = 200;
const MOST_PAGES = 20;
const SHORTEST_TTL_SECONDS = 30;
