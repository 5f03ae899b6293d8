/**
 * The signature of requests to OVHcloud.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { SentRequest } from '../host-api.ts';
import type { OvhSettings } from './metadata.ts';

type Keys = Pick<OvhSettings, 'applicationKey' | 'applicationSecret' | 'consumerKey'>;

/** The headers that sign `request` at `timestamp`, in seconds of the host's clock. */
export function signRequest(
  { applicationKey, applicationSecret, consumerKey }: Keys,
  { method, url, body }: SentRequest,
  timestamp: number,
): Record<string, string> {
  const signed = [applicationSecret, consumerKey, method, url.href, body, timestamp].join('+');
  return {
    'x-ovh-application': applicationKey,
    'x-ovh-consumer': consumerKey,
    'x-ovh-timestamp': `${timestamp}`,
    'x-ovh-signature': `$1$${createHash('sha1').update(signed).digest('hex')}`,
  };
}
