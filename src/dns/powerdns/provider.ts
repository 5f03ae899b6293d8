/**
 * Changes TXT records in zones of a PowerDNS Authoritative Server.
 *
 * @module
 */
import { z } from 'zod';
import { ATTEMPTS } from '../attempts.ts';
import { quoteText, unquoteText } from '../character-strings.ts';
import { createHostApi, type HostApi } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider, type Spelling } from '../record-set-provider.ts';
import { plainName, searchZoneByName } from '../zone-search.ts';
import type { PowerDnsSettings } from './metadata.ts';

type Zone = z.output<typeof ZONE>;

export function createPowerDnsProvider(
  { url, apiKey, serverId, ca, zones }: PowerDnsSettings,
  { clock, baseUrl = url }: ProviderOptions,
): DnsProvider {
  const api = createHostApi({
    host: 'PowerDNS',
    baseUrl: `${baseUrl.replace(/\/$/, '')}/api/v1/servers/${serverId}`,
    clock,
    secrets: [apiKey],
    authorize: () => ({ 'x-api-key': apiKey }),
    unauthorizedMend:
      'Give the api-key of PowerDNS, and allow this machine in webserver-allow-from.',
    caPem: ca,
  });
  return createRecordSetProvider<Zone>(
    {
      findZone: searchZoneByName(
        { host: 'PowerDNS', clock, allowed: zones },
        (candidate, name, signal) => lookUpZone(api, candidate, name, signal),
      ),
      read: async (zone, name, signal) => {
        const { rrsets } = await api.ask(
          {
            attempt: ATTEMPTS.list(name),
            method: 'GET',
            path: `/zones/${zone.id}`,
            query: { rrset_name: `${name}.`, rrset_type: 'TXT' },
          },
          z.object({ rrsets: z.array(RECORD_SET) }),
          signal,
        );
        // Servers before 4.6 answer with the whole zone.
        const set = rrsets.find((each) => each.type === 'TXT' && plainName(each.name) === name);
        if (set === undefined) return { contents: [] };
        return {
          contents: set.records.map((record) => JSON.stringify(record)),
          ttlSeconds: set.ttl,
        };
      },
      write: async ({ zone, name, before, contents }, signal) => {
        const attempt = ATTEMPTS.write(name);
        const set = { name: `${name}.`, type: 'TXT' };
        const change =
          contents.length === 0
            ? { ...set, changetype: 'DELETE' }
            : {
                ...set,
                changetype: 'REPLACE',
                ttl: before.ttlSeconds ?? SHORTEST_TTL_SECONDS,
                records: contents.map(parseRecord),
              };
        const path = `/zones/${zone.id}`;
        await api.send({ attempt, method: 'PATCH', path, json: { rrsets: [change] } }, signal);
        if (/^(?:master|primary|producer)$/i.test(zone.kind)) {
          // Secondaries would wait for their refresh interval.
          await api.send({ attempt, method: 'PUT', path: `${path}/notify` }, signal);
        }
        return 'written';
      },
      spelling: SPELLING,
      close: () => api.close(),
    },
    clock,
  );
}

async function lookUpZone(
  api: HostApi,
  candidate: string,
  name: string,
  signal: AbortSignal,
): Promise<Zone | undefined> {
  const zones = await api.ask(
    {
      attempt: ATTEMPTS.findZone(name),
      method: 'GET',
      path: '/zones',
      query: { zone: `${candidate}.` },
    },
    z.array(ZONE),
    signal,
  );
  return zones.find((zone) => zone.name === candidate);
}

function parseRecord(content: string): z.output<typeof RECORD> {
  return RECORD.parse(JSON.parse(content));
}

const ZONE = z.object({
  // Becomes part of a path.
  id: z.string().regex(/^[A-Za-z0-9._=-]{1,300}$/),
  name: z.string().transform(plainName),
  kind: z.string(),
});
// Disabled records are in the set, but not in the answers of the server.
const RECORD = z.object({ content: z.string(), disabled: z.boolean().default(false) });
const RECORD_SET = z.object({
  name: z.string(),
  type: z.string(),
  ttl: z.int(),
  records: z.array(RECORD),
});

const SHORTEST_TTL_SECONDS = 60;

const SPELLING: Spelling = {
  encode: (value) => JSON.stringify({ content: quoteText(value), disabled: false }),
  decode: (content) => {
    const record = parseRecord(content);
    return record.disabled ? '' : unquoteText(record.content);
  },
};
