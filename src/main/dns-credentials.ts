/**
 * Opens DNS credentials, each at its first use.
 *
 * @module
 */
import type { Config, DnsCredentialSettings } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { createCloudflareProvider } from '../dns/cloudflare/provider.ts';
import { createExecProvider } from '../dns/exec/provider.ts';
import type { DnsCredential, DnsProvider } from '../dns/provider.ts';

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
      const credential = { name, provider: openProvider(settings, clock), propagation };
      opened.set(name, credential);
      return credential;
    },
    async close() {
      await Promise.all([...opened.values()].map(({ provider }) => provider.close()));
    },
  };
}

function openProvider(credential: DnsCredentialSettings, clock: Clock): DnsProvider {
  switch (credential.provider) {
    case 'exec':
      return createExecProvider(credential);
    case 'cloudflare':
      return createCloudflareProvider(credential, { clock });
  }
}
