/**
 * Changes TXT records in domains on Gandi LiveDNS.
 *
 * @module
 */
import { z } from 'zod';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi, type HostApi } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider } from '../record-set-provider.ts';
import { plainName, relativeName, searchZoneList, type Zone } from '../zone-search.ts';
import type { GandiSettings } from './metadata.ts';

export function createGandiProvider(
  { apiToken, zones }: GandiSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: HOST,
    baseUrl,
    clock,
    secrets: [apiToken],
    authorize: () => ({ authorization: `Bearer ${apiToken}` }),
    unauthorizedMend: 'Give a token that is valid and may manage the settings of the domain.',
  });
  return createRecordSetProvider<Zone>(
    {
      findZone: searchZoneList({ host: HOST, clock, allowed: zones }, (signal) =>
        listZones(api, signal),
      ),
      read: async (zone, name, signal) => {
        const attempt = ATTEMPTS.list(name);
        const path = pathOf(name, zone);
        const found = await api.find({ attempt, method: 'GET', path }, RECORD_SET, signal);
        return { contents: found?.rrset_values ?? [], ttlSeconds: found?.rrset_ttl };
      },
      write: async ({ zone, name, before, contents }, signal) => {
        const attempt = ATTEMPTS.write(name);
        const path = pathOf(name, zone);
        if (contents.length === 0) {
          await api.send({ attempt, method: 'DELETE', path, expected: [404] }, signal);
        } else {
          const ttl = before.ttlSeconds ?? SHORTEST_TTL_SECONDS;
          const json = { rrset_values: contents, rrset_ttl: ttl };
          await api.send({ attempt, method: 'PUT', path, json }, signal);
        }
        return 'written';
      },
      close: () => api.close(),
    },
    clock,
  );
}

async function* listZones(api: HostApi, signal: AbortSignal): AsyncGenerator<Zone[]> {
  for (let page = 1, isLast = false; !isLast; page += 1) {
    const query = { page: `${page}`, per_page: `${PAGE_SIZE}` };
    const domains = await api.ask(
      { attempt: ATTEMPTS.listZones, method: 'GET', path: '/domains', query },
      z.array(DOMAIN),
      signal,
    );
    yield domains.map(({ fqdn }) => ({ name: fqdn }));
    isLast = domains.length < PAGE_SIZE;
  }
}

function pathOf(name: string, zone: Zone): string {
  return `/domains/${zone.name}/records/${encodeURIComponent(relativeName(name, zone, '@'))}/TXT`;
}

const DOMAIN = z.object({ fqdn: z.string().transform(plainName) });
const RECORD_SET = z.object({ rrset_values: z.array(z.string()), rrset_ttl: z.int() });

const HOST = 'Gandi';
const API_URL = 'https://api.gandi.net/v5/livedns';
const PAGE_SIZE = 100;
const SHORTEST_TTL_SECONDS = 300;
