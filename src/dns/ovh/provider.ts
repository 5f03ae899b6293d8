/**
 * Changes TXT records in zones at OVHcloud.
 *
 * @module
 */
import { z } from 'zod';
import { type Clock, SECOND_MS } from '../../core/clock.ts';
import { ATTEMPTS } from '../attempts.ts';
import { quoteText, unquoteText } from '../character-strings.ts';
import { createHostApi, type HostAnswer, type HostApi, type Refusal } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { changeCollection } from '../record-collection.ts';
import { createRecordProvider, type HostedTxt } from '../record-provider.ts';
import { relativeName, searchGivenZones, searchZoneByName, type Zone } from '../zone-search.ts';
import { ENDPOINTS, type OvhSettings } from './metadata.ts';
import { signRequest } from './sign.ts';

export function createOvhProvider(
  { endpoint, zones, ...keys }: OvhSettings,
  { clock, baseUrl = ENDPOINTS[endpoint] }: ProviderOptions,
): DnsProvider {
  const unsigned = createHostApi({
    host: 'OVHcloud',
    baseUrl,
    clock,
    secrets: [],
    unauthorizedMend: '',
  });
  const aheadMs = hostClock(unsigned, clock);
  const api = createHostApi({
    host: 'OVHcloud',
    baseUrl,
    clock,
    secrets: [keys.applicationKey, keys.applicationSecret, keys.consumerKey],
    authorize: async (request, signal) => {
      const ahead = await aheadMs(signal);
      const timestamp = Math.floor((clock.now().getTime() + ahead) / SECOND_MS);
      return signRequest(keys, request, timestamp);
    },
    unauthorizedMend:
      'Give keys of the same endpoint, with GET, POST and DELETE on /domain/zone/*.',
    readRefusal,
  });
  const search = { host: 'OVHcloud', clock, allowed: zones };
  return createRecordProvider<Zone>({
    findZone:
      zones === undefined
        ? searchZoneByName(search, (candidate, name, signal) =>
            lookUpZone(api, candidate, name, signal),
          )
        : // Keys are often good for the records of one zone only.
          searchGivenZones(search, zones),
    list: (zone, name, signal) => listRecords(api, zone, name, signal),
    ...changeCollection<Zone>(api, {
      path: recordsOf,
      record: (zone, { name, value }) => ({
        fieldType: 'TXT',
        subDomain: relativeName(name, zone),
        target: quoteText(value),
        ttl: SHORTEST_TTL_SECONDS,
      }),
    }),
    publish: async (zone, signal) => {
      const path = `/domain/zone/${zone.name}/refresh`;
      const attempt = `cannot refresh the zone ${zone.name}`;
      await api.send({ attempt, method: 'POST', path }, signal);
    },
    close: async () => {
      await unsigned.close();
      await api.close();
    },
  });
}

/** How far the host's clock is ahead of ours, asked once: a signature must be of the host's time. */
function hostClock(api: HostApi, clock: Clock): (signal: AbortSignal) => Promise<number> {
  let known: number | undefined;
  return async (signal) => {
    if (known !== undefined) return known;
    const attempt = 'cannot ask for the time';
    const time = await api.ask({ attempt, method: 'GET', path: '/auth/time' }, z.int(), signal);
    known = time * SECOND_MS - clock.now().getTime();
    return known;
  };
}

/** Not from the list of all zones, which a key for `/domain/zone/*` may not ask for. */
async function lookUpZone(
  api: HostApi,
  candidate: string,
  name: string,
  signal: AbortSignal,
): Promise<Zone | undefined> {
  const path = `/domain/zone/${candidate}`;
  const attempt = ATTEMPTS.findZone(name);
  const { status } = await api.send({ attempt, method: 'GET', path, expected: [404] }, signal);
  return status === 404 ? undefined : { name: candidate };
}

function recordsOf({ name }: Zone): string {
  return `/domain/zone/${name}/record`;
}

async function listRecords(
  api: HostApi,
  zone: Zone,
  name: string,
  signal: AbortSignal,
): Promise<HostedTxt[]> {
  const path = recordsOf(zone);
  const attempt = ATTEMPTS.list(name);
  const query = { fieldType: 'TXT', subDomain: relativeName(name, zone) };
  const ids = await api.ask(
    { attempt, method: 'GET', path, query },
    z.array(z.int()).max(MOST_RECORDS),
    signal,
  );
  const records: HostedTxt[] = [];
  for (const id of ids) {
    const request = { attempt, method: 'GET', path: `${path}/${id}`, expected: [404] } as const;
    const { status, json } = await api.send(request, signal);
    const { data } = RECORD.safeParse(json);
    // It went while we asked for the others.
    if (status === 404 || data === undefined) continue;
    records.push({ id: `${id}`, value: unquoteText(data.target) });
  }
  return records;
}

/** A wrong secret is a bad request to OVHcloud. */
function readRefusal({ status, json }: HostAnswer): Refusal | undefined {
  const { data } = FAILURE.safeParse(json);
  if (status < 400 || data === undefined) return undefined;
  const isOurs = /INVALID_(?:SIGNATURE|KEY|CREDENTIAL)|NOT_CREDENTIAL/.test(data.errorCode ?? '');
  return { code: isOurs ? 'dns/unauthorized' : undefined, message: data.message };
}

const FAILURE = z.object({ message: z.string(), errorCode: z.string().optional() });
const RECORD = z.object({ target: z.string() });

const SHORTEST_TTL_SECONDS = 60;
const MOST_RECORDS = 100;
