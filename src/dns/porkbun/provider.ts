/**
 * Changes TXT records in domains at Porkbun.
 *
 * @module
 */
import { z } from 'zod';
import type { ErrorCode } from '../../core/errors.ts';
import { ATTEMPTS } from '../attempts.ts';
import { unquoteText } from '../character-strings.ts';
import { createHostApi, type HostAnswer, type Refusal } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordProvider } from '../record-provider.ts';
import { plainName, relativeName, searchZoneList, type Zone } from '../zone-search.ts';
import type { PorkbunSettings } from './metadata.ts';

type Ask = <Result>(
  request: { attempt: string; path: string; json?: object },
  result: z.ZodType<Result>,
  signal: AbortSignal,
) => Promise<Result>;

export function createPorkbunProvider(
  { apiKey, secretApiKey, zones }: PorkbunSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: 'Porkbun',
    baseUrl,
    clock,
    secrets: [apiKey, secretApiKey],
    unauthorizedMend:
      'Give both keys as Porkbun shows them, and switch API access on for the domain.',
    readRefusal,
  });
  const credentials = { apikey: apiKey, secretapikey: secretApiKey };
  const ask: Ask = ({ attempt, path, json }, result, signal) =>
    api.ask({ attempt, method: 'POST', path, json: { ...credentials, ...json } }, result, signal);
  return createRecordProvider<Zone>({
    findZone: searchZoneList({ host: 'Porkbun', clock, allowed: zones }, (signal) =>
      listZones(ask, signal),
    ),
    list: async (zone, name, signal) => {
      const path = `/dns/retrieveByNameType/${zone.name}/TXT${pathOf(name, zone)}`;
      const { records } = await ask({ attempt: ATTEMPTS.list(name), path }, RECORDS, signal);
      return records.map(({ id, content }) => ({ id: `${id}`, value: unquoteText(content) }));
    },
    create: async (zone, { name, value }, signal) => {
      const record = { name: relativeName(name, zone), type: 'TXT', content: value };
      const json = { ...record, ttl: SHORTEST_TTL_SECONDS };
      const path = `/dns/create/${zone.name}`;
      await ask({ attempt: ATTEMPTS.create(name), path, json }, z.unknown(), signal);
    },
    delete: async (zone, id, name, signal) => {
      const path = `/dns/delete/${zone.name}/${id}`;
      await ask({ attempt: ATTEMPTS.delete(name), path }, z.unknown(), signal);
    },
    close: () => api.close(),
  });
}

async function* listZones(ask: Ask, signal: AbortSignal): AsyncGenerator<Zone[]> {
  for (let start = 0, isLast = false; !isLast; start += CHUNK) {
    const { domains } = await ask(
      { attempt: ATTEMPTS.listZones, path: '/domain/listAll', json: { start: `${start}` } },
      DOMAINS,
      signal,
    );
    yield domains.map(({ domain }) => ({ name: domain }));
    isLast = domains.length < CHUNK;
  }
}

function pathOf(name: string, zone: Zone): string {
  const relative = relativeName(name, zone);
  return relative === '' ? '' : `/${encodeURIComponent(relative)}`;
}

/** Porkbun has one status for most refusals; only the words tell which it is. */
function readRefusal({ status, json }: HostAnswer): Refusal | undefined {
  const { data } = FAILURE.safeParse(json);
  if (data === undefined) return undefined;
  return { code: faultOf(status, data.message), message: data.message };
}

function faultOf(status: number, message: string): ErrorCode | undefined {
  if (status === 429 || status >= 500) return undefined;
  return /api key|apikey|api access|not authori[sz]ed/i.test(message)
    ? 'dns/unauthorized'
    : undefined;
}

const FAILURE = z.object({ status: z.literal('ERROR'), message: z.string() });
const DOMAINS = z.object({
  domains: z.array(z.object({ domain: z.string().transform(plainName) })),
});
const RECORDS = z.object({
  records: z.array(
    // Becomes part of a path.
    z.object({ id: z.union([z.int(), z.string().regex(/^\d{1,20}$/)]), content: z.string() }),
  ),
});

const API_URL = 'https://api.porkbun.com/api/json/v3';
const CHUNK = 1_000;
const SHORTEST_TTL_SECONDS = '600';
