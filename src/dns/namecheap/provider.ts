/**
 * Changes TXT records in domains at Namecheap, which replaces all records of a domain at once.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import { childrenOf, findElement, type XmlElement } from '../../wire/xml.ts';
import { ATTEMPTS } from '../attempts.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider } from '../provider.ts';
import { createRecordSetProvider } from '../record-set-provider.ts';
import { plainName, relativeName, searchZoneList, type Zone } from '../zone-search.ts';
import { createNamecheapApi, type NamecheapApi } from './api.ts';
import type { NamecheapSettings } from './metadata.ts';

export function createNamecheapProvider(
  settings: NamecheapSettings,
  { clock, baseUrl = API_URL }: ProviderOptions,
): DnsProvider {
  const api = createNamecheapApi(settings, { clock, baseUrl });
  return createRecordSetProvider<Zone>(
    {
      findZone: searchZoneList({ host: 'Namecheap', clock, allowed: settings.zones }, (signal) =>
        listZones(api, signal),
      ),
      read: async (zone, name, signal) => {
        const { hosts, emailType } = await readHosts(api, zone, signal);
        const isOurs = isTxtOf(relativeName(name, zone, '@'));
        const others = hosts.filter((host) => !isOurs(host));
        return {
          contents: hosts.filter(isOurs).map(({ Address = '' }) => Address),
          version: JSON.stringify({ others, emailType } satisfies Others),
        };
      },
      write: async ({ zone, name, before, contents }, signal) => {
        const { others, emailType } = JSON.parse(before.version ?? '') as Others;
        const ours = contents.map((value) => ({
          Name: relativeName(name, zone, '@'),
          Type: 'TXT',
          Address: value,
          MXPref: '10',
          TTL: SHORTEST_TTL_SECONDS,
        }));
        const parameters = [...others, ...ours].flatMap((host, index) =>
          Object.entries(FIELDS).map(([field, parameter]) => [
            `${parameter}${index + 1}`,
            host[field as keyof Host] ?? '',
          ]),
        );
        await api.send(
          {
            attempt: ATTEMPTS.write(name),
            command: 'namecheap.domains.dns.setHosts',
            parameters: {
              ...splitName(zone),
              ...(emailType === '' ? {} : { EmailType: emailType }),
              ...(Object.fromEntries(parameters) as Record<string, string>),
            },
          },
          signal,
        );
        return 'written';
      },
      spelling: { encode: (value) => value, decode: (content) => content },
      writesWholeZones: true,
      close: () => api.close(),
    },
    clock,
  );
}

async function* listZones(api: NamecheapApi, signal: AbortSignal): AsyncGenerator<Zone[]> {
  for (let page = 1, isLast = false; !isLast; page += 1) {
    const answer = await api.send(
      {
        attempt: ATTEMPTS.listZones,
        command: 'namecheap.domains.getList',
        parameters: { PageSize: `${PAGE_SIZE}`, Page: `${page}` },
      },
      signal,
    );
    const domains = childrenOf(findElement(answer, 'DomainGetListResult'), 'Domain');
    yield domains.map(({ attributes }) => ({ name: plainName(attributes['Name'] ?? '') }));
    isLast = domains.length < PAGE_SIZE;
  }
}

/** Every record of the domain: what is left out of the next write is gone. */
async function readHosts(
  api: NamecheapApi,
  zone: Zone,
  signal: AbortSignal,
): Promise<{ readonly hosts: readonly Host[]; readonly emailType: string }> {
  const attempt = `cannot read the records of ${zone.name}`;
  const answer = await api.send(
    { attempt, command: 'namecheap.domains.dns.getHosts', parameters: splitName(zone) },
    signal,
  );
  const result = findElement(answer, 'DomainDNSGetHostsResult');
  if (result?.attributes['IsUsingOurDNS']?.toLowerCase() === 'false') {
    throw new AppError('dns/rejected', `${attempt}: the domain has name servers elsewhere`, {
      mend: 'Use the credential of the DNS host that serves the domain.',
      context: { zone: zone.name },
    });
  }
  // A record that we overlook would be lost.
  if (result === undefined || result.children.some(({ name }) => !/^host$/i.test(name))) {
    throw new AppError('dns/unavailable', `${attempt}: unexpected answer of Namecheap`, {
      mend: 'Try again later; look at the status page of Namecheap.',
    });
  }
  return {
    hosts: result.children.map(hostOf),
    emailType: result.attributes['EmailType'] ?? '',
  };
}

function hostOf({ attributes }: XmlElement): Host {
  const { Name = '', Type = '', Address = '', MXPref = '', TTL = '' } = attributes;
  return { Name, Type, Address, MXPref, TTL };
}

function isTxtOf(relative: string): (host: Host) => boolean {
  return ({ Name, Type }) => Type === 'TXT' && Name?.toLowerCase() === relative;
}

/** The second-level domain and what is above it, which may be several labels. */
function splitName({ name }: Zone): { SLD: string; TLD: string } {
  const dot = name.indexOf('.');
  return { SLD: name.slice(0, dot), TLD: name.slice(dot + 1) };
}

/** What the attributes of a record are called in a write. */
const FIELDS = {
  Name: 'HostName',
  Type: 'RecordType',
  Address: 'Address',
  MXPref: 'MXPref',
  TTL: 'TTL',
} as const;
type Host = Partial<Record<keyof typeof FIELDS, string>>;

interface Others {
  readonly others: readonly Host[];
  readonly emailType: string;
}

const API_URL = 'https://api.namecheap.com';
const PAGE_SIZE = 100;
const SHORTEST_TTL_SECONDS = '60';
