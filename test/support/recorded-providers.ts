/**
 * Every DNS provider that has recordings, with the credentials that are in them.
 *
 * @module
 */
import { createAcmeDnsProvider } from '../../src/dns/acme-dns/provider.ts';
import { createAzureProvider } from '../../src/dns/azure/provider.ts';
import { createCloudflareProvider } from '../../src/dns/cloudflare/provider.ts';
import { createDesecProvider } from '../../src/dns/desec/provider.ts';
import { createDigitalOceanProvider } from '../../src/dns/digitalocean/provider.ts';
import { createGandiProvider } from '../../src/dns/gandi/provider.ts';
import { createGoDaddyProvider } from '../../src/dns/godaddy/provider.ts';
import { createHetznerProvider } from '../../src/dns/hetzner/provider.ts';
import { createHttpReqProvider } from '../../src/dns/httpreq/provider.ts';
import { createLinodeProvider } from '../../src/dns/linode/provider.ts';
import { createNamecheapProvider } from '../../src/dns/namecheap/provider.ts';
import { createOvhProvider } from '../../src/dns/ovh/provider.ts';
import { createPorkbunProvider } from '../../src/dns/porkbun/provider.ts';
import { createPowerDnsProvider } from '../../src/dns/powerdns/provider.ts';
import { createRoute53Provider } from '../../src/dns/route53/provider.ts';
import { createVultrProvider } from '../../src/dns/vultr/provider.ts';
import { fixedClock } from './fixed-clock.ts';
import { recordedGoogle } from './recorded-google.ts';
import type { RecordedProvider } from './recorded-provider.ts';

const TOKEN = 'fixture-token-of-nobody';
const zones = undefined;

export const RECORDED_PROVIDERS = {
  'acme-dns': {
    name: 'acme-dns',
    // The server has no request that removes, and accounts instead of zones.
    lacks: ['remove-one', 'remove-last', 'unknown-zone'],
    open: (options) =>
      createAcmeDnsProvider(
        {
          url: 'http://acme-dns.invalid',
          accounts: {
            'app.example.com': {
              username: 'fixture-user-of-nobody',
              password: 'fixture-key-of-nobody',
              subdomain: 'd420c923-bbd7-4056-ab64-c3ca54c9b3cf',
              fulldomain: 'd420c923-bbd7-4056-ab64-c3ca54c9b3cf.auth.example.org',
            },
          },
          ca: undefined,
        },
        options,
      ),
  },
  azure: {
    name: 'azure',
    open: (options) =>
      createAzureProvider(
        {
          tenantId: '00000000-0000-4000-8000-000000000001',
          clientId: '00000000-0000-4000-8000-000000000002',
          clientSecret: 'fixture~secret of nobody',
          subscriptionId: '00000000-0000-4000-8000-000000000003',
          cloud: 'public',
          zones,
        },
        { ...options, loginUrl: options.baseUrl },
      ),
  },
  cloudflare: {
    name: 'cloudflare',
    basePath: '/client/v4',
    open: (options) => createCloudflareProvider({ apiToken: TOKEN, zones }, options),
  },
  desec: {
    name: 'desec',
    basePath: '/api/v1',
    open: (options) => createDesecProvider({ apiToken: TOKEN, zones }, options),
  },
  digitalocean: {
    name: 'digitalocean',
    basePath: '/v2',
    open: (options) => createDigitalOceanProvider({ apiToken: TOKEN, zones }, options),
  },
  gandi: {
    name: 'gandi',
    basePath: '/v5/livedns',
    open: (options) => createGandiProvider({ apiToken: TOKEN, zones }, options),
  },
  godaddy: {
    name: 'godaddy',
    basePath: '/v1',
    open: (options) =>
      createGoDaddyProvider({ apiKey: 'fixture-key', apiSecret: 'fixture-secret', zones }, options),
  },
  google: recordedGoogle,
  hetzner: {
    name: 'hetzner',
    basePath: '/v1',
    open: (options) => createHetznerProvider({ apiToken: TOKEN, zones }, options),
  },
  httpreq: {
    name: 'httpreq',
    basePath: '/hooks',
    // Zones are the server's business.
    lacks: ['unknown-zone'],
    open: (options) =>
      createHttpReqProvider(
        {
          endpoint: 'http://webhook.invalid',
          mode: 'default',
          username: 'fixture-user',
          password: 'fixture-password',
          ca: undefined,
        },
        options,
      ),
  },
  linode: {
    name: 'linode',
    basePath: '/v4',
    open: (options) => createLinodeProvider({ apiToken: TOKEN, zones }, options),
  },
  namecheap: {
    name: 'namecheap',
    open: (options) =>
      createNamecheapProvider(
        {
          apiUser: 'fixture-user',
          apiKey: 'fixture-key-of-nobody',
          clientIp: '192.0.2.10',
          zones,
        },
        options,
      ),
  },
  ovh: {
    name: 'ovh',
    basePath: '/1.0',
    open: (options) =>
      createOvhProvider(
        {
          endpoint: 'ovh-eu',
          applicationKey: 'fixture-application',
          applicationSecret: 'fixture-secret',
          consumerKey: 'fixture-consumer',
          zones,
        },
        options,
      ),
  },
  porkbun: {
    name: 'porkbun',
    basePath: '/api/json/v3',
    open: (options) =>
      createPorkbunProvider(
        { apiKey: 'pk1_fixture-of-nobody', secretApiKey: 'sk1_fixture-of-nobody', zones },
        options,
      ),
  },
  powerdns: {
    name: 'powerdns',
    open: (options) =>
      createPowerDnsProvider(
        {
          url: 'http://powerdns.invalid',
          apiKey: 'fixture-key-of-nobody',
          serverId: 'localhost',
          ca: undefined,
          zones,
        },
        options,
      ),
  },
  route53: {
    name: 'route53',
    basePath: '/2013-04-01',
    clock: fixedClock('2026-01-15T12:00:00Z'),
    open: (options) =>
      createRoute53Provider(
        {
          accessKeyId: 'AKIAFIXTURE',
          secretAccessKey: 'fixture-secret-of-nobody',
          region: 'us-east-1',
          zones,
        },
        options,
      ),
  },
  vultr: {
    name: 'vultr',
    basePath: '/v2',
    open: (options) => createVultrProvider({ apiKey: TOKEN, zones }, options),
  },
} as const satisfies Record<string, RecordedProvider>;
