/**
 * Every DNS provider that has recordings, with the credentials that are in them.
 *
 * @module
 */
import { createCloudflareProvider } from '../../src/dns/cloudflare/provider.ts';
import type { RecordedProvider } from './recorded-provider.ts';

const TOKEN = 'fixture-token-of-nobody';

export const RECORDED_PROVIDERS = {
  cloudflare: {
    name: 'cloudflare',
    basePath: '/client/v4',
    open: (options) => createCloudflareProvider({ apiToken: TOKEN, zones: undefined }, options),
  },
} as const satisfies Record<string, RecordedProvider>;
