/**
 * Changes TXT records in domains at deSEC.
 *
 * @module
 */
import { z } from 'zod';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi, type HostApi } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider } from '../record-set-provider.ts';
import { plainName, relativeName, searchZoneByName, type Zone } from '../zone-search.ts';
import type { DesecSettings } from './metadata.ts';

interface DesecZone extends Zone {
  readonly shortestTtlSeconds: number;
}

export function createDesecProvider(
  { apiToken, zones }: DesecSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: HOST,
    baseUrl,
    clock,
    secrets: [apiToken],
    authorize: () => ({ authorization: `Token ${apiToken}` }),
    unauthorizedMend: 'Give a token that is valid and whose policies allow TXT records there.',
  });
  return createRecordSetProvider<DesecZone>(
    {
      findZone: searchZoneByName({ host: HOST, clock, allowed: zones }, (candidate, name, signal) =>
        lookUpZone(api, candidate, name, signal),
      ),
      read: async (zone, name, signal) => {
        const attempt = ATTEMPTS.list(name);
        const path = `${setsOf(zone)}${encodeURIComponent(relativeName(name, zone, '@'))}/TXT/`;
        const found = await api.find({ attempt, method: 'GET', path }, RECORD_SET, signal);
        return { contents: found?.records ?? [], ttlSeconds: found?.ttl };
      },
      write: async ({ zone, name, before, contents }, signal) => {
        const set = {
          subname: relativeName(name, zone),
          type: 'TXT',
          ttl: before.ttlSeconds ?? zone.shortestTtlSeconds,
          // An empty list removes the set.
          records: contents,
        };
        const attempt = ATTEMPTS.write(name);
        await api.send({ attempt, method: 'PATCH', path: setsOf(zone), json: [set] }, signal);
        return 'written';
      },
      close: () => api.close(),
    },
    clock,
  );
}

/** deSEC itself says which domain is responsible for a name. */
async function lookUpZone(
  api: HostApi,
  candidate: string,
  name: string,
  signal: AbortSignal,
): Promise<DesecZone | undefined> {
  const domains = await api.ask(
    {
      attempt: ATTEMPTS.findZone(name),
      method: 'GET',
      path: '/domains/',
      query: { owns_qname: candidate },
    },
    z.array(DOMAIN),
    signal,
  );
  const [domain] = domains;
  return domain && { name: domain.name, shortestTtlSeconds: domain.minimum_ttl };
}

function setsOf(zone: Zone): string {
  return `/domains/${zone.name}/rrsets/`;
}

const DOMAIN = z.object({ name: z.string().transform(plainName), minimum_ttl: z.int() });
const RECORD_SET = z.object({ records: z.array(z.string()), ttl: z.int() });

const HOST = 'deSEC';
const API_URL = 'https://desec.io/api/v1';
