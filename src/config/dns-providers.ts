/**
 * Every DNS provider there is, by what it says of itself.
 *
 * @module
 */
import type { z } from 'zod';
import { metadata as acmeDns } from '../dns/acme-dns/metadata.ts';
import { metadata as acmeSh } from '../dns/acmesh/metadata.ts';
import { metadata as azure } from '../dns/azure/metadata.ts';
import { metadata as cloudflare } from '../dns/cloudflare/metadata.ts';
import { metadata as desec } from '../dns/desec/metadata.ts';
import { metadata as digitalOcean } from '../dns/digitalocean/metadata.ts';
import { metadata as exec } from '../dns/exec/metadata.ts';
import { metadata as gandi } from '../dns/gandi/metadata.ts';
import { metadata as goDaddy } from '../dns/godaddy/metadata.ts';
import { metadata as google } from '../dns/google/metadata.ts';
import { metadata as hetzner } from '../dns/hetzner/metadata.ts';
import { metadata as httpReq } from '../dns/httpreq/metadata.ts';
import { metadata as linode } from '../dns/linode/metadata.ts';
import type { DnsProviderMetadata } from '../dns/metadata.ts';
import { metadata as namecheap } from '../dns/namecheap/metadata.ts';
import { metadata as ovh } from '../dns/ovh/metadata.ts';
import { metadata as porkbun } from '../dns/porkbun/metadata.ts';
import { metadata as powerDns } from '../dns/powerdns/metadata.ts';
import type { PropagationSettings } from '../dns/provider.ts';
import { metadata as rfc2136 } from '../dns/rfc2136/metadata.ts';
import { metadata as route53 } from '../dns/route53/metadata.ts';
import { metadata as vultr } from '../dns/vultr/metadata.ts';

/** In the order of their names. */
export const DNS_PROVIDERS = [
  acmeDns,
  acmeSh,
  azure,
  cloudflare,
  desec,
  digitalOcean,
  exec,
  gandi,
  goDaddy,
  google,
  hetzner,
  httpReq,
  linode,
  namecheap,
  ovh,
  porkbun,
  powerDns,
  rfc2136,
  route53,
  vultr,
] as const satisfies readonly [DnsProviderMetadata, ...DnsProviderMetadata[]];

type Provider = (typeof DNS_PROVIDERS)[number];
export type DnsProviderName = Provider['name'];

/** What the provider of that name takes, and how its work is awaited. */
export type DnsCredentialOf<Name extends DnsProviderName> = Readonly<
  z.output<Extract<Provider, { readonly name: Name }>['settingsSchema']>
> & {
  readonly provider: Name;
  readonly propagation: PropagationSettings;
};

/** A named credential of any provider. */
export type DnsCredentialSettings = {
  readonly [Name in DnsProviderName]: DnsCredentialOf<Name>;
}[DnsProviderName];
