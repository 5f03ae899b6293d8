/**
 * Changes TXT records in public zones of Azure DNS.
 *
 * @module
 */
import { z } from 'zod';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi, type HostApi, type HostRequest } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider, type Spelling } from '../record-set-provider.ts';
import { plainName, relativeName, searchZoneList } from '../zone-search.ts';
import { createAccessTokens } from './access-tokens.ts';
import type { AzureSettings } from './metadata.ts';

type Zone = z.output<typeof ZONE>;

export interface AzureProviderOptions extends ProviderOptions {
  /** Where access tokens are given out. */
  readonly loginUrl?: string;
}

export function createAzureProvider(
  settings: AzureSettings,
  { clock, baseUrl, loginUrl }: AzureProviderOptions,
): DnsProvider {
  const cloud = CLOUDS[settings.cloud];
  const managementUrl = baseUrl ?? cloud.management;
  const tokens = createAccessTokens(settings, {
    clock,
    loginUrl: loginUrl ?? cloud.login,
    scope: `${cloud.management}/.default`,
  });
  const api = createHostApi({
    host: HOST,
    baseUrl: managementUrl,
    clock,
    secrets: [settings.clientSecret],
    authorize: async (_request, signal) => ({
      authorization: `Bearer ${await tokens.current(signal)}`,
    }),
    unauthorizedMend: 'Give the application the role DNS Zone Contributor on the zone.',
  });
  return createRecordSetProvider<Zone>(
    {
      findZone: searchZoneList({ host: HOST, clock, allowed: settings.zones }, (signal) =>
        listZones(api, settings, signal),
      ),
      read: async (zone, name, signal) => {
        const request = requestFor(zone, name, { attempt: ATTEMPTS.list(name), method: 'GET' });
        const found = await api.find(request, RECORD_SET, signal);
        if (found === undefined) return { contents: [] };
        const { etag, properties } = found;
        return {
          contents: properties.TXTRecords.map(({ value }) => JSON.stringify(value)),
          ttlSeconds: properties.TTL,
          version: etag,
        };
      },
      write: async ({ zone, name, before, contents }, signal) => {
        const isNew = before.version === undefined;
        const headers = isNew ? { 'if-none-match': '*' } : { 'if-match': before.version ?? '' };
        const values = {
          TXTRecords: contents.map((content) => ({ value: parseStrings(content) })),
        };
        const change: Pick<HostRequest, 'method' | 'json'> = isNew
          ? { method: 'PUT', json: { properties: { TTL: SHORTEST_TTL_SECONDS, ...values } } }
          : { method: 'PATCH', json: { properties: values } };
        const request = requestFor(zone, name, {
          attempt: ATTEMPTS.write(name),
          headers,
          ...(contents.length === 0 ? { method: 'DELETE' } : change),
          expected: [404, 412],
        });
        const { status } = await api.send(request, signal);
        return status === 404 || status === 412 ? 'conflict' : 'written';
      },
      spelling: SPELLING,
      close: async () => {
        await tokens.close();
        await api.close();
      },
    },
    clock,
  );
}

async function* listZones(
  api: HostApi,
  { subscriptionId, resourceGroup }: AzureSettings,
  signal: AbortSignal,
): AsyncGenerator<Zone[]> {
  const group = resourceGroup === undefined ? '' : `/resourceGroups/${resourceGroup}`;
  const path = `/subscriptions/${subscriptionId}${group}/providers/Microsoft.Network/dnsZones`;
  for (let query: Record<string, string> | undefined = {}; query !== undefined;) {
    const answer: z.output<typeof ZONES> = await api.ask(
      {
        attempt: ATTEMPTS.listZones,
        method: 'GET',
        path,
        query: { 'api-version': API_VERSION, ...query },
      },
      ZONES,
      signal,
    );
    yield answer.value;
    // Only the position is taken from the link: the token goes nowhere else.
    const token = URL.parse(answer.nextLink ?? '')?.searchParams.get('$skipToken');
    query = token === null || token === undefined ? undefined : { $skipToken: token };
  }
}

function requestFor(zone: Zone, name: string, rest: Omit<HostRequest, 'path'>): HostRequest {
  const relative = encodeURIComponent(relativeName(name, zone, '@'));
  return { ...rest, path: `${zone.id}/TXT/${relative}`, query: { 'api-version': API_VERSION } };
}

function parseStrings(content: string): string[] {
  return STRINGS.parse(JSON.parse(content));
}

const STRINGS = z.array(z.string());
const ZONE = z.object({
  // Becomes a path.
  id: z.string().regex(/^(?:\/[\w.()-]+)+$/),
  name: z.string().transform(plainName),
});
const ZONES = z.object({ value: z.array(ZONE), nextLink: z.string().nullish() });
const RECORD_SET = z.object({
  etag: z.string(),
  properties: z.object({
    TTL: z.int().optional(),
    TXTRecords: z.array(z.object({ value: STRINGS })).default([]),
  }),
});

const HOST = 'Azure';
const API_VERSION = '2018-05-01';
const SHORTEST_TTL_SECONDS = 60;

const CLOUDS = {
  public: {
    login: 'https://login.microsoftonline.com',
    management: 'https://management.azure.com',
  },
  china: {
    login: 'https://login.chinacloudapi.cn',
    management: 'https://management.chinacloudapi.cn',
  },
  government: {
    login: 'https://login.microsoftonline.us',
    management: 'https://management.usgovcloudapi.net',
  },
} as const;

/** A value may be in several strings. */
const SPELLING: Spelling = {
  encode: (value) => JSON.stringify(value.match(/.{1,255}/gs) ?? ['']),
  decode: (content) => parseStrings(content).join(''),
};
