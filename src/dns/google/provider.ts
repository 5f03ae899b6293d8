/**
 * Changes TXT records in public zones of Google Cloud DNS.
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi, type HostAnswer, type HostApi, type Refusal } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider } from '../record-set-provider.ts';
import { findRefusalText } from '../refusal-text.ts';
import { plainName, searchZoneByName, type Zone } from '../zone-search.ts';
import { createAccessTokens } from './access-tokens.ts';
import type { GoogleSettings } from './metadata.ts';
import { findServiceAccount, type ServiceAccount } from './service-account.ts';

interface GoogleZone extends Zone {
  readonly id: string;
}

export interface GoogleProviderOptions extends ProviderOptions {
  readonly tokenUrl?: string;
}

export function createGoogleProvider(
  { serviceAccountKey, project, zones }: GoogleSettings,
  { clock, baseUrl = API_URL, tokenUrl }: GoogleProviderOptions,
): DnsProvider {
  const account = loadServiceAccount(serviceAccountKey);
  const tokens = createAccessTokens(account, { clock, tokenUrl });
  const api = createHostApi({
    host: HOST,
    baseUrl: `${baseUrl}/projects/${project ?? account.project_id}`,
    clock,
    secrets: [],
    authorize: async (_request, signal) => ({
      authorization: `Bearer ${await tokens.current(signal)}`,
    }),
    unauthorizedMend: 'Give the service account the role DNS Administrator in the project.',
    readRefusal,
  });
  return createRecordSetProvider<GoogleZone>(
    {
      findZone: searchZoneByName({ host: HOST, clock, allowed: zones }, (candidate, name, signal) =>
        lookUpZone(api, candidate, name, signal),
      ),
      read: async (zone, name, signal) => {
        const { rrsets } = await api.ask(
          {
            attempt: ATTEMPTS.list(name),
            method: 'GET',
            path: `/managedZones/${zone.id}/rrsets`,
            query: { name: `${name}.`, type: 'TXT' },
          },
          z.object({ rrsets: z.array(RECORD_SET).default([]) }),
          signal,
        );
        const [set] = rrsets;
        if (set?.routingPolicy !== undefined) throw hasRoutingPolicy(name);
        return { contents: set?.rrdatas ?? [], ttlSeconds: set?.ttl };
      },
      write: async ({ zone, name, before, contents }, signal) => {
        const ttl = before.ttlSeconds ?? SHORTEST_TTL_SECONDS;
        const sets = (rrdatas: readonly string[]) =>
          rrdatas.length === 0 ? [] : [{ name: `${name}.`, type: 'TXT', ttl, rrdatas }];
        // A change is refused whole unless what it deletes is there to the letter.
        const { status } = await api.send(
          {
            attempt: ATTEMPTS.write(name),
            method: 'POST',
            path: `/managedZones/${zone.id}/changes`,
            json: { deletions: sets(before.contents), additions: sets(contents) },
            expected: [404, 409, 412],
          },
          signal,
        );
        return status >= 400 ? 'conflict' : 'written';
      },
      close: async () => {
        await tokens.close();
        await api.close();
      },
    },
    clock,
  );
}

function loadServiceAccount(key: string): ServiceAccount {
  const account = findServiceAccount(key);
  if (account !== undefined) return account;
  throw new AppError('dns/unauthorized', 'cannot read the key of the service account', {
    mend: 'Give the whole JSON text of the key file.',
  });
}

async function lookUpZone(
  api: HostApi,
  candidate: string,
  name: string,
  signal: AbortSignal,
): Promise<GoogleZone | undefined> {
  const { managedZones } = await api.ask(
    {
      attempt: ATTEMPTS.findZone(name),
      method: 'GET',
      path: '/managedZones',
      query: { dnsName: `${candidate}.` },
    },
    z.object({ managedZones: z.array(ZONE).default([]) }),
    signal,
  );
  // A CA sees public zones only.
  const zone = managedZones.find(
    ({ dnsName, visibility }) => dnsName === candidate && visibility !== 'private',
  );
  return zone && { id: zone.name, name: zone.dnsName };
}

/** Quotas are refused as a lack of permission. */
function readRefusal({ status, json }: HostAnswer): Refusal | undefined {
  const { data } = FAILURE.safeParse(json);
  if (status !== 403 || data === undefined) return undefined;
  const reasons = (data.error.errors ?? []).map(({ reason }) => reason);
  const isLimit = reasons.some((reason) => /rateLimit|quota/i.test(reason));
  return {
    code: isLimit ? 'dns/rate-limited' : undefined,
    message: findRefusalText(json),
    reasons,
  };
}

function hasRoutingPolicy(name: string): AppError {
  return new AppError('dns/rejected', `${ATTEMPTS.write(name)}: they have a routing policy`, {
    mend: 'Remove the routing policy of these TXT records at Google Cloud DNS.',
    context: { name },
  });
}

const ZONE = z.object({
  // Becomes part of a path.
  name: z.string().regex(/^[a-z0-9-]{1,100}$/),
  dnsName: z.string().transform(plainName),
  visibility: z.string().optional(),
});
const RECORD_SET = z.object({
  ttl: z.int().optional(),
  rrdatas: z.array(z.string()).default([]),
  routingPolicy: z.unknown().optional(),
});
const FAILURE = z.object({
  error: z.object({ errors: z.array(z.object({ reason: z.string() })).optional() }),
});

const HOST = 'Google Cloud DNS';
const API_URL = 'https://dns.googleapis.com/dns/v1';
const SHORTEST_TTL_SECONDS = 60;
