/**
 * Changes TXT records in zones at Cloudflare.
 *
 * @module
 */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { DnsProvider, TxtRecord } from '../provider.ts';
import { type CloudflareApi, createCloudflareApi, refusalCodes } from './api.ts';
import type { CloudflareSettings } from './metadata.ts';

export interface CloudflareProviderOptions {
  readonly clock: Clock;
  readonly baseUrl?: string;
}

export function createCloudflareProvider(
  { apiToken, zones }: CloudflareSettings,
  { clock, baseUrl = API_URL }: CloudflareProviderOptions,
): DnsProvider {
  const api = createCloudflareApi({ apiToken, baseUrl, clock });
  return {
    addTxt: async (record, signal) => {
      const zone = await findZone(api, record.name, zones, signal);
      const existing = await findRecords(api, zone, record, signal);
      if (existing.length === 0) await createRecord(api, zone, record, signal);
    },
    removeTxt: async (record, signal) => {
      const zone = await findZone(api, record.name, zones, signal);
      for (const { id } of await findRecords(api, zone, record, signal)) {
        await deleteRecord(api, zone, id, record.name, signal);
      }
    },
    close: () => api.close(),
  };
}

type Zone = z.output<typeof ZONE>;

/** The zone with the longest suffix of `name`: a subdomain can be a zone of its own. */
async function findZone(
  api: CloudflareApi,
  name: string,
  allowed: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Zone> {
  for (const candidate of suffixesOf(name)) {
    if (allowed !== undefined && !allowed.includes(candidate)) continue;
    const { result } = await api.send(
      {
        attempt: `cannot look for the zone of ${name}`,
        method: 'GET',
        path: `/zones?${queryOf({ name: candidate, per_page: '50' })}`,
        result: z.array(ZONE),
      },
      signal,
    );
    const found = result.filter((zone) => zone.name === candidate);
    // A domain may be in several accounts while it moves; the active one answers queries.
    const zone = found.find(({ status }) => status === 'active') ?? found[0];
    if (zone !== undefined) return zone;
  }
  throw new AppError('dns/zone-not-found', `no zone of this Cloudflare token contains ${name}`, {
    mend: 'Add the zone to the token, and to the zones of the DNS credential if it lists any.',
    context: { name, zones: allowed },
  });
}

/** The TXT records with exactly the value of `record`. */
async function findRecords(
  api: CloudflareApi,
  zone: Zone,
  { name, value }: TxtRecord,
  signal: AbortSignal,
): Promise<{ readonly id: string }[]> {
  const matching: { readonly id: string }[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = queryOf({ type: 'TXT', name, per_page: '100', page: `${page}` });
    const { result, totalPages } = await api.send(
      {
        attempt: `cannot list the TXT records of ${name}`,
        method: 'GET',
        path: `/zones/${zone.id}/dns_records?${query}`,
        result: z.array(RECORD),
      },
      signal,
    );
    matching.push(...result.filter((record) => unquote(record.content) === value));
    if (page >= totalPages) break;
  }
  return matching;
}

async function createRecord(
  api: CloudflareApi,
  zone: Zone,
  { name, value }: TxtRecord,
  signal: AbortSignal,
): Promise<void> {
  try {
    await api.send(
      {
        attempt: `cannot create a TXT record of ${name}`,
        method: 'POST',
        path: `/zones/${zone.id}/dns_records`,
        body: { type: 'TXT', name, content: `"${value}"`, ttl: SHORTEST_TTL_SECONDS },
        result: z.unknown(),
      },
      signal,
    );
  } catch (thrown) {
    // Somebody else was faster with the same value.
    if (!refusalCodes(thrown).some((code) => EXISTS.has(code))) throw thrown;
  }
}

async function deleteRecord(
  api: CloudflareApi,
  zone: Zone,
  id: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await api.send(
      {
        attempt: `cannot delete a TXT record of ${name}`,
        method: 'DELETE',
        path: `/zones/${zone.id}/dns_records/${id}`,
        result: z.unknown(),
      },
      signal,
    );
  } catch (thrown) {
    if (!refusalCodes(thrown).includes(IS_GONE)) throw thrown;
  }
}

function queryOf(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString();
}

/** `name` and its parents, the longest first, without top-level domains. */
function suffixesOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(0, -1).map((_label, depth) => labels.slice(depth).join('.'));
}

/** Contents are quoted character strings (RFC 1035 §5.1); those of older records are bare. */
function unquote(content: string): string {
  const strings = [...content.matchAll(/"((?:[^"\\]|\\.)*)"/gs)];
  if (strings.length === 0) return content;
  return strings.map(([, inner = '']) => inner.replaceAll(/\\(.)/gs, '$1')).join('');
}

// Identifiers become part of a path.
const ID = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const ZONE = z.object({ id: ID, name: z.string(), status: z.string().optional() });
const RECORD = z.object({ id: ID, content: z.string() });

const API_URL = 'https://api.cloudflare.com/client/v4';
const SHORTEST_TTL_SECONDS = 60;
const MOST_PAGES = 20;

/** Refusals of Cloudflare that mean success here. */
const EXISTS: ReadonlySet<number> = new Set([81057, 81058]);
const IS_GONE = 81044;
