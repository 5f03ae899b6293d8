/**
 * Changes TXT records in domains at Vultr.
 *
 * @module
 */
import { z } from 'zod';
import { ATTEMPTS } from '../attempts.ts';
import { quoteText, unquoteText } from '../character-strings.ts';
import { createHostApi, type HostApi } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { changeCollection } from '../record-collection.ts';
import { createRecordProvider, type HostedTxt } from '../record-provider.ts';
import { plainName, relativeName, searchZoneList, type Zone } from '../zone-search.ts';
import type { VultrSettings } from './metadata.ts';

export function createVultrProvider(
  { apiKey, zones }: VultrSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: 'Vultr',
    baseUrl,
    clock,
    secrets: [apiKey],
    authorize: () => ({ authorization: `Bearer ${apiKey}` }),
    unauthorizedMend:
      'Give an API key that is valid, and add the address of this machine to its access control.',
  });
  return createRecordProvider<Zone>({
    findZone: searchZoneList({ host: 'Vultr', clock, allowed: zones }, (signal) =>
      listZones(api, signal),
    ),
    list: (zone, name, signal) => listRecords(api, zone, name, signal),
    ...changeCollection<Zone>(api, {
      path: recordsOf,
      record: (zone, { name, value }) => ({
        type: 'TXT',
        name: relativeName(name, zone),
        data: quoteText(value),
        ttl: SHORTEST_TTL_SECONDS,
      }),
    }),
    close: () => api.close(),
  });
}

async function* listZones(api: HostApi, signal: AbortSignal): AsyncGenerator<Zone[]> {
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const answer: z.output<typeof DOMAINS> = await api.ask(
      { attempt: ATTEMPTS.listZones, method: 'GET', path: '/domains', query: pageAt(cursor) },
      DOMAINS,
      signal,
    );
    yield answer.domains.map(({ domain }) => ({ name: domain }));
    cursor = answer.meta.links.next || undefined;
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
  const wanted = relativeName(name, zone);
  const path = recordsOf(zone);
  const records: HostedTxt[] = [];
  let cursor = '';
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const answer: z.output<typeof RECORDS> = await api.ask(
      { attempt: ATTEMPTS.list(name), method: 'GET', path, query: pageAt(cursor) },
      RECORDS,
      signal,
    );
    const found = answer.records.filter((each) => each.type === 'TXT' && each.name === wanted);
    records.push(...found.map(({ id, data }) => ({ id, value: unquoteText(data) })));
    cursor = answer.meta.links.next;
    if (cursor === '') break;
  }
  return records;
}

function pageAt(cursor: string): Record<string, string> {
  return { per_page: `${PAGE_SIZE}`, ...(cursor === '' ? {} : { cursor }) };
}

const META = z.object({ links: z.object({ next: z.string() }) });
const DOMAINS = z.object({
  domains: z.array(z.object({ domain: z.string().transform(plainName) })),
  meta: META,
});
const RECORDS = z.object({
  records: z.array(
    z.object({
      // Becomes part of a path.
      id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
      type: z.string(),
      name: z.string().transform((name) => name.toLowerCase()),
      data: z.string(),
    }),
  ),
  meta: META,
});

const API_URL = 'https://api.vultr.com/v2';
const PAGE_SIZE = 500;
const MOST_PAGES = 50;
const SHORTEST_TTL_SECONDS = 120;
