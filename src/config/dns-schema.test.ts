import { describe, expect, it } from 'vitest';
import { DNS_PROVIDERS } from './dns-providers.ts';
import { dnsCredential } from './dns-schema.ts';

/** A secret of 32 octets in base64, as TSIG keys have it; a word for all others. */
const SECRET = Buffer.alloc(32, 7).toString('base64');

describe('a DNS credential', () => {
  it.each([
    ['cloudflare', { apiToken: 'two words' }, /the value alone, without spaces/],
    ['cloudflare', { apiToken: SECRET, zones: [] }, />=1/],
    ['cloudflare', { apiToken: SECRET, zones: ['-a..b'] }, /zones/],
    [
      'route53',
      { accessKeyId: 'A', secretAccessKey: SECRET, region: 'US East' },
      /must be a region/,
    ],
    ['google', { serviceAccountKey: '/etc/key.json' }, /JSON text of a service account key/],
    [
      'azure',
      { clientSecret: SECRET, clientId: 'a', subscriptionId: 'b/c', tenantId: 'd' },
      /ident/,
    ],
    ['digitalocean', {}, /apiToken/],
    ['hetzner', { apiToken: 'a\nb' }, /without spaces or line breaks/],
    ['gandi', { apikey: SECRET }, /apikey/],
    ['ovh', { endpoint: 'ovh-mars' }, /ovh-eu/],
    ['linode', { apiToken: 7 }, /expected string/],
    ['vultr', { apiKey: '' }, /the value alone/],
    ['desec', { apiToken: SECRET, zones: 'example.com' }, /expected array/],
    ['porkbun', { apiKey: SECRET }, /secretApiKey/],
    ['namecheap', { apiUser: 'a', apiKey: SECRET, clientIp: '2001:db8::1' }, /IPv4 address/],
    ['godaddy', { apiKey: SECRET }, /apiSecret/],
    ['powerdns', { url: 'ftp://127.0.0.1', apiKey: SECRET }, /must be a URL/],
    ['powerdns', { url: 'http://u:p@127.0.0.1', apiKey: SECRET }, /without user/],
    ['powerdns', { url: 'http://a', apiKey: SECRET, serverId: '../x' }, /serverId/],
    ['powerdns', { url: 'http://a', apiKey: SECRET, ca: '/etc/ca.pem' }, /certificates in PEM/],
    ['acme-dns', { url: 'https://a.example', accounts: {} }, /at least one account/],
    ['acme-dns', { url: 'https://a.example', accounts: { 'b.example': {} } }, /username/],
    ['rfc2136', { server: 'tcp://a', keyName: 'k', keySecret: SECRET }, /a host or an IP address/],
    ['rfc2136', { server: 'a', keyName: 'k k', keySecret: SECRET }, /the name of a key/],
    ['rfc2136', { server: 'a', keyName: 'k', keySecret: 'not base64!' }, /base64/],
    ['rfc2136', { server: 'a', keyName: 'k', keySecret: 'c2hvcnQ=' }, /at least 16 octets/],
    [
      'rfc2136',
      { server: 'a', keyName: 'k', keySecret: SECRET, keyAlgorithm: 'hmac-md5' },
      /sha256/,
    ],
    ['rfc2136', { server: 'a', keyName: 'k', keySecret: SECRET, timeout: '1h' }, /from 1s to 2m/],
    ['httpreq', { endpoint: 'dns.example.com' }, /must be a URL/],
    ['httpreq', { endpoint: 'https://dns.example.com', mode: 'RAW' }, /raw/],
    ['acmesh', { home: '.acme.sh', script: 'dns_he' }, /absolute path/],
    ['acmesh', { home: '/root/.acme.sh', script: '../dns_he' }, /the name of a script/],
    ['acmesh', { home: '/root/.acme.sh', script: 'dns_he', environment: { 'A B': 'c' } }, /A B/],
    ['nobody', {}, /provider/],
  ])('of %s refuses %j', (provider, settings, message) => {
    const { success, error } = dnsCredential.safeParse({ provider, ...settings });
    expect(success).toBe(false);
    expect(JSON.stringify(error?.issues)).toMatch(message);
    expect(JSON.stringify(error?.issues)).not.toContain(SECRET);
  });

  it('takes a zone that is no name of a certificate', () => {
    const zones = ['_acme-challenge.Example.com.', 'bücher.example'];
    const credential = dnsCredential.parse({ provider: 'cloudflare', apiToken: SECRET, zones });
    expect(credential).toMatchObject({
      zones: ['_acme-challenge.example.com', 'xn--bcher-kva.example'],
    });
  });

  it('waits as long as the host needs, unless it is told otherwise', () => {
    const slow = { provider: 'linode', apiToken: SECRET };
    expect(dnsCredential.parse(slow).propagation.timeoutMs).toBe(20 * 60_000);
    const told = { ...slow, propagation: { timeout: '3m' } };
    expect(dnsCredential.parse(told).propagation.timeoutMs).toBe(3 * 60_000);
    const other = { provider: 'desec', apiToken: SECRET };
    expect(dnsCredential.parse(other).propagation.timeoutMs).toBe(2 * 60_000);
  });

  it.each(DNS_PROVIDERS.map(({ name }) => [name]))(
    'of %s refuses a key that nobody knows',
    (name) => {
      const { error } = dnsCredential.safeParse({ provider: name, nobodyKnows: true });
      expect(JSON.stringify(error?.issues)).toContain('nobodyKnows');
    },
  );
});
