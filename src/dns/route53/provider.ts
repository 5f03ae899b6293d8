/**
 * Changes TXT records in public hosted zones of Amazon Route 53.
 *
 * @module
 */
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { childrenOf, escapeXml, findElement, parseXml, type XmlElement } from '../../wire/xml.ts';
import { ATTEMPTS } from '../attempts.ts';
import {
  createHostApi,
  type HostAnswer,
  type HostApi,
  type HostRequest,
  type Refusal,
  refusalReasons,
} from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider, type RecordSet } from '../record-set-provider.ts';
import { plainName, searchZoneByName, type Zone } from '../zone-search.ts';
import type { Route53Settings } from './metadata.ts';
import { signRequest } from './sign.ts';

interface HostedZone extends Zone {
  readonly id: string;
}

export function createRoute53Provider(
  { zones, ...key }: Route53Settings,
  { clock, baseUrl = apiUrlOf(key.region) }: ProviderOptions,
): DnsProvider {
  const signingKey = { ...key, region: signingRegionOf(key.region), service: 'route53' };
  const api = createHostApi({
    host: HOST,
    baseUrl,
    clock,
    secrets: [key.secretAccessKey, ...(key.sessionToken === undefined ? [] : [key.sessionToken])],
    authorize: (request) => signRequest(signingKey, request, clock.now()),
    unauthorizedMend:
      'Give an access key that is valid and may list hosted zones and change record sets.',
    readRefusal,
  });
  return createRecordSetProvider<HostedZone>(
    {
      findZone: searchZoneByName({ host: HOST, clock, allowed: zones }, (candidate, name, signal) =>
        lookUpZone(api, candidate, name, signal),
      ),
      read: (zone, name, signal) => readRecordSet(api, zone, name, signal),
      write: async ({ zone, name, before, contents }, signal) => {
        // What is deleted must be there to the letter, or the whole batch is refused.
        const changes = [
          ...changeOf('DELETE', name, before, before.contents),
          ...changeOf('CREATE', name, before, contents),
        ];
        try {
          await api.send(
            {
              attempt: ATTEMPTS.write(name),
              method: 'POST',
              path: `/hostedzone/${zone.id}/rrset`,
              headers: XML,
              xml: `<ChangeResourceRecordSetsRequest xmlns="${NAMESPACE}"><ChangeBatch><Changes>${changes.join('')}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`,
            },
            signal,
          );
          return 'written';
        } catch (thrown) {
          if (isConflict(thrown)) return 'conflict';
          throw thrown;
        }
      },
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
): Promise<HostedZone | undefined> {
  const root = await askForXml(
    api,
    {
      attempt: ATTEMPTS.findZone(name),
      method: 'GET',
      path: '/hostedzonesbyname',
      query: { dnsname: candidate, maxitems: '100' },
    },
    signal,
  );
  // The list begins at the name and goes on with others; a CA sees public zones only.
  return childrenOf(findElement(root, 'HostedZones'), 'HostedZone')
    .filter((zone) => findElement(zone, 'Config', 'PrivateZone')?.text !== 'true')
    .map((zone) => ({
      name: nameOf(zone),
      id: /^\/hostedzone\/(\w+)$/.exec(textOf(zone, 'Id'))?.[1],
    }))
    .find((zone): zone is HostedZone => zone.name === candidate && zone.id !== undefined);
}

async function readRecordSet(
  api: HostApi,
  zone: HostedZone,
  name: string,
  signal: AbortSignal,
): Promise<RecordSet> {
  const root = await askForXml(
    api,
    {
      attempt: ATTEMPTS.list(name),
      method: 'GET',
      path: `/hostedzone/${zone.id}/rrset`,
      query: { name, type: 'TXT', maxitems: '1' },
    },
    signal,
  );
  const set = childrenOf(findElement(root, 'ResourceRecordSets'), 'ResourceRecordSet').find(
    (each) => textOf(each, 'Type') === 'TXT' && nameOf(each) === name,
  );
  if (set === undefined) return { contents: [] };
  if (findElement(set, 'SetIdentifier') !== undefined) throw hasRoutingPolicy(name);
  const records = childrenOf(findElement(set, 'ResourceRecords'), 'ResourceRecord');
  return {
    contents: records.map((record) => textOf(record, 'Value')),
    ttlSeconds: Number(textOf(set, 'TTL')),
  };
}

function changeOf(
  action: 'CREATE' | 'DELETE',
  name: string,
  { ttlSeconds = SHORTEST_TTL_SECONDS }: RecordSet,
  contents: readonly string[],
): string[] {
  if (contents.length === 0) return [];
  const records = contents.map(
    (content) => `<ResourceRecord><Value>${escapeXml(content)}</Value></ResourceRecord>`,
  );
  const set = `<Name>${escapeXml(name)}.</Name><Type>TXT</Type><TTL>${ttlSeconds}</TTL>`;
  return [
    `<Change><Action>${action}</Action><ResourceRecordSet>${set}<ResourceRecords>${records.join('')}</ResourceRecords></ResourceRecordSet></Change>`,
  ];
}

async function askForXml(
  api: HostApi,
  request: HostRequest,
  signal: AbortSignal,
): Promise<XmlElement> {
  const { text } = await api.send({ ...request, headers: XML }, signal);
  const root = parseXml(text);
  if (root !== undefined) return root;
  throw new AppError('dns/unavailable', `${request.attempt}: unexpected answer of ${HOST}`, {
    mend: 'Try again later.',
  });
}

function readRefusal({ status, text }: HostAnswer): Refusal | undefined {
  if (status >= 200 && status < 300) return undefined;
  const root = parseXml(text);
  const error = findElement(root, 'Error') ?? root;
  const reason = textOf(error, 'Code') || (error?.name ?? '');
  const details = childrenOf(findElement(error, 'Messages'), 'Message').map((each) => each.text);
  const message = [textOf(error, 'Message'), ...details].filter((part) => part !== '').join('; ');
  return { code: faultOf(reason), message, reasons: [reason] };
}

/** Somebody else changed the set, or the change before is not done yet. */
function isConflict(error: unknown): boolean {
  const [reason] = refusalReasons(error);
  if (reason !== 'InvalidChangeBatch') return reason === 'PriorRequestNotComplete';
  const { message } = error as Error;
  return /it already exists|it was not found|do not match the current values/.test(message);
}

function faultOf(reason: string): ErrorCode | undefined {
  return REASONS.find(([pattern]) => pattern.test(reason))?.[1];
}

function textOf(element: XmlElement | undefined, name: string): string {
  return findElement(element, name)?.text.trim() ?? '';
}

/** Route 53 spells unusual characters of names in octal. */
function nameOf(element: XmlElement): string {
  const name = textOf(element, 'Name').replaceAll(/\\(\d{3})/g, (_whole, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return plainName(name);
}

function hasRoutingPolicy(name: string): AppError {
  return new AppError('dns/rejected', `${ATTEMPTS.write(name)}: they have a routing policy`, {
    mend: 'Remove the routing policy of these TXT records at Route 53.',
    context: { name },
  });
}

function apiUrlOf(region: string): string {
  if (region.startsWith('cn-')) return 'https://route53.amazonaws.com.cn/2013-04-01';
  if (region.startsWith('us-gov-')) return 'https://route53.us-gov.amazonaws.com/2013-04-01';
  return 'https://route53.amazonaws.com/2013-04-01';
}

/** One region of each partition has the API. */
function signingRegionOf(region: string): string {
  if (region.startsWith('cn-')) return 'cn-northwest-1';
  if (region.startsWith('us-gov-')) return 'us-gov-west-1';
  return 'us-east-1';
}

const HOST = 'Route 53';
const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';
const XML = { accept: 'application/xml' };
const SHORTEST_TTL_SECONDS = 60;

const REASONS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^(?:Throttling|ThrottlingException|RequestLimitExceeded)$/, 'dns/rate-limited'],
  [/InvalidClientTokenId|SignatureDoesNotMatch|AccessDenied|ExpiredToken/, 'dns/unauthorized'],
];
