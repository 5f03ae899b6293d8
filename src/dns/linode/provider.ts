/**
 * Changes TXT records in domains at Linode.
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
import type { LinodeSettings } from './metadata.ts';

interface LinodeZone extends Zone {
  readonly id: number;
}

export function createLinodeProvider(
  { apiToken, zones }: LinodeSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: 'Linode',
    baseUrl,
    clock,
    secrets: [apiToken],
    authorize: () => ({ authorization: `Bearer ${apiToken}` }),
    unauthorizedMend: 'Give a token that is valid and has the scope domains:read_write.',
  });
  return createRecordProvider<LinodeZone>({
    findZone: searchZoneList({ host: 'Linode', clock, allowed: zones }, (signal) =>
      listZones(api, signal),
    ),
    list: (zone, name, signal) => listRecords(api, zone, name, signal),
    ...changeCollection<LinodeZone>(api, {
      path: recordsOf,
      record: (zone, { name, value }) => ({
        type: 'TXT',
        name: relativeName(name, zone),
        target: value,
        ttl_sec: SHORTEST_TTL_SECONDS,
      }),
    }),
    close: () => api.close(),
  });
}

async function* listZones(api: HostApi, signal: AbortSignal): AsyncGenerator<LinodeZone[]> {
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await api.ask(
      {
        attempt: ATTEMPTS.listZones,
        method: 'GET',
        path: '/domains',
        query: { page: `${page}`, page_size: `${PAGE_SIZE}` },
      },
      z.object({ data: z.array(DOMAIN), pages: z.int() }),
      signal,
    );
    // A slave takes its records from another server.
    yield answer.data
      .filter(({ type }) => type === 'master')
      .map(({ id, domain }) => ({ id, name: domain }));
    ({ pages } = answer);
  }
}

function recordsOf({ id }: LinodeZone): string {
  return `/domains/${id}/records`;
}

async function listRecords(
  api: HostApi,
  zone: LinodeZone,
  name: string,
  signal: AbortSignal,
): Promise<HostedTxt[]> {
  const wanted = relativeName(name, zone);
  const records: HostedTxt[] = [];
  for (let page = 1, pages = 1; page <= Math.min(pages, MOST_PAGES); page += 1) {
    const answer = await api.ask(
      {
        attempt: ATTEMPTS.list(name),
        method: 'GET',
        path: recordsOf(zone),
        query: { page: `${page}`, page_size: `${PAGE_SIZE}` },
      },
      z.object({ data: z.array(RECORD), pages: z.int() }),
      signal,
    );
    const found = answer.data.filter((record) => record.type === 'TXT' && record.name === wanted);
    records.push(...found.map(({ id, target }) => ({ id: `${id}`, value: target })));
    ({ pages } = answer);
  }
  return records;
}

const DOMAIN = z.object({ id: z.int(), domain: z.string().transform(plainName), type: z.string() });
const RECORD = z.object({
  id: z.int(),
  type: z.string(),
  name: z.string().transform((name) => name.toLowerCase()),
  target: z.string(),
});

const API_URL = 'https://api.linode.com/v4';
const PAGE_SIZE = 500;
const MOST_PAGES = 50;
const SHORTEST_TTL_SECONDS = 300;
