/**
 * Changes TXT records in domains at GoDaddy.
 *
 * @module
 */
import { z } from 'zod';
import { SECOND_MS } from '../../core/clock.ts';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi, type HostAnswer, type HostApi, type Refusal } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider, type Spelling } from '../record-set-provider.ts';
import { findRefusalText } from '../refusal-text.ts';
import { plainName, relativeName, searchZoneList, type Zone } from '../zone-search.ts';
import type { GoDaddySettings } from './metadata.ts';

export function createGoDaddyProvider(
  { apiKey, apiSecret, zones }: GoDaddySettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: 'GoDaddy',
    baseUrl,
    clock,
    secrets: [apiKey, apiSecret],
    authorize: () => ({ authorization: `sso-key ${apiKey}:${apiSecret}` }),
    unauthorizedMend: 'Give a production key of an account that GoDaddy lets use this API.',
    readRefusal,
  });
  return createRecordSetProvider<Zone>(
    {
      findZone: searchZoneList({ host: 'GoDaddy', clock, allowed: zones }, (signal) =>
        listZones(api, signal),
      ),
      read: async (zone, name, signal) => {
        const request = { attempt: ATTEMPTS.list(name), method: 'GET', path: pathOf(name, zone) };
        const records = await api.ask({ ...request, method: 'GET' }, z.array(RECORD), signal);
        return { contents: records.map((record) => JSON.stringify(record)) };
      },
      write: async ({ zone, name, contents }, signal) => {
        const attempt = ATTEMPTS.write(name);
        const path = pathOf(name, zone);
        if (contents.length === 0) {
          await api.send({ attempt, method: 'DELETE', path, expected: [404] }, signal);
        } else {
          const json = contents.map(parseRecord);
          await api.send({ attempt, method: 'PUT', path, json }, signal);
        }
        return 'written';
      },
      spelling: SPELLING,
      close: () => api.close(),
    },
    clock,
  );
}

async function* listZones(api: HostApi, signal: AbortSignal): AsyncGenerator<Zone[]> {
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const domains: z.output<typeof DOMAINS> = await api.ask(
      {
        attempt: ATTEMPTS.listZones,
        method: 'GET',
        path: '/domains',
        query: {
          statuses: 'ACTIVE',
          limit: `${PAGE_SIZE}`,
          ...(marker === '' ? {} : { marker }),
        },
      },
      DOMAINS,
      signal,
    );
    yield domains.map(({ domain }) => ({ name: domain }));
    marker = domains.length < PAGE_SIZE ? undefined : domains.at(-1)?.domain;
  }
}

function pathOf(name: string, zone: Zone): string {
  const relative = encodeURIComponent(relativeName(name, zone, '@'));
  return `/domains/${zone.name}/records/TXT/${relative}`;
}

function parseRecord(content: string): z.output<typeof RECORD> {
  return RECORD.parse(JSON.parse(content));
}

function readRefusal({ status, json }: HostAnswer): Refusal | undefined {
  const { data } = LIMIT.safeParse(json);
  if (status !== 429 || data === undefined) return undefined;
  return { message: findRefusalText(json), waitMs: data.retryAfterSec * SECOND_MS };
}

// Each record has a TTL of its own here.
const RECORD = z.object({ data: z.string(), ttl: z.int() });
const DOMAINS = z.array(z.object({ domain: z.string().transform(plainName) }));
const LIMIT = z.object({ retryAfterSec: z.number().nonnegative() });

const API_URL = 'https://api.godaddy.com/v1';
const PAGE_SIZE = 1_000;
const SHORTEST_TTL_SECONDS = 600;

const SPELLING: Spelling = {
  encode: (value) => JSON.stringify({ data: value, ttl: SHORTEST_TTL_SECONDS }),
  decode: (content) => parseRecord(content).data,
};
