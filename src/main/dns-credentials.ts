/**
 * Opens DNS credentials, each at its first use.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import type {
  DnsCredentialOf,
  DnsCredentialSettings,
  DnsProviderName,
} from '../config/dns-providers.ts';
import type { Clock } from '../core/clock.ts';
import { createAcmeDnsProvider } from '../dns/acme-dns/provider.ts';
import { createAcmeShProvider } from '../dns/acmesh/provider.ts';
import { createAzureProvider } from '../dns/azure/provider.ts';
import { createCloudflareProvider } from '../dns/cloudflare/provider.ts';
import { createDesecProvider } from '../dns/desec/provider.ts';
import { createDigitalOceanProvider } from '../dns/digitalocean/provider.ts';
import { createExecProvider } from '../dns/exec/provider.ts';
import { createGandiProvider } from '../dns/gandi/provider.ts';
import { createGoDaddyProvider } from '../dns/godaddy/provider.ts';
import { createGoogleProvider } from '../dns/google/provider.ts';
import { createHetznerProvider } from '../dns/hetzner/provider.ts';
import { createHttpReqProvider } from '../dns/httpreq/provider.ts';
import { createLinodeProvider } from '../dns/linode/provider.ts';
import { nameErrors } from '../dns/named-provider.ts';
import { createNamecheapProvider } from '../dns/namecheap/provider.ts';
import { createOvhProvider } from '../dns/ovh/provider.ts';
import { createPorkbunProvider } from '../dns/porkbun/provider.ts';
import { createPowerDnsProvider } from '../dns/powerdns/provider.ts';
import { createRfc2136Provider } from '../dns/rfc2136/provider.ts';
import { createRoute53Provider } from '../dns/route53/provider.ts';
import { createVultrProvider } from '../dns/vultr/provider.ts';
import type { ProviderOptions } from '../dns/provider-options.ts';
import type { DnsCredential, DnsProvider } from '../dns/provider.ts';
import { createWriteQueue } from '../dns/write-queue.ts';

export interface DnsCredentials {
  find(name: string): DnsCredential | undefined;
  close(): Promise<void>;
}

export function createDnsCredentials(dns: Config['dns'], clock: Clock): DnsCredentials {
  const opened = new Map<string, DnsCredential>();
  return {
    find(name) {
      const settings = dns[name];
      if (settings === undefined) return undefined;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const { propagation } = settings;
      const queue = createWriteQueue(openProvider(settings, clock), clock);
      const provider = nameErrors(name, queue);
      const credential = { name, provider, propagation };
      opened.set(name, credential);
      return credential;
    },
    async close() {
      await Promise.all([...opened.values()].map(({ provider }) => provider.close()));
    },
  };
}

function openProvider(credential: DnsCredentialSettings, clock: Clock): DnsProvider {
  // The table has, for each name, what takes the settings of that name.
  const open = PROVIDERS[credential.provider] as Open<DnsCredentialSettings>;
  return open(credential, { clock });
}

type Open<Settings> = (settings: Settings, options: ProviderOptions) => DnsProvider;

const PROVIDERS: { readonly [Name in DnsProviderName]: Open<DnsCredentialOf<Name>> } = {
  'acme-dns': createAcmeDnsProvider,
  acmesh: (settings) => createAcmeShProvider(settings),
  azure: createAzureProvider,
  cloudflare: createCloudflareProvider,
  desec: createDesecProvider,
  digitalocean: createDigitalOceanProvider,
  exec: (settings) => createExecProvider(settings),
  gandi: createGandiProvider,
  godaddy: createGoDaddyProvider,
  google: createGoogleProvider,
  hetzner: createHetznerProvider,
  httpreq: createHttpReqProvider,
  linode: createLinodeProvider,
  namecheap: createNamecheapProvider,
  ovh: createOvhProvider,
  porkbun: createPorkbunProvider,
  powerdns: createPowerDnsProvider,
  rfc2136: createRfc2136Provider,
  route53: createRoute53Provider,
  vultr: createVultrProvider,
};
