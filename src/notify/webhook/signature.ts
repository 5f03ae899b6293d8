/**
 * Signatures of the Standard Webhooks specification, version 1.
 *
 * @module
 */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** The specification wants 192 to 512 bits. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The bytes of `whsec_…`, base64 with or without that prefix; `undefined` for anything else. */
export function parseSecret(text: string): Buffer | undefined {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  if (!BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES ? bytes : undefined;
}

/** One signature a secret, so that a receiver can change from one to the next. */
export function signatureHeaders(
  message: { readonly id: string; readonly at: Date; readonly body: string },
  secrets: readonly Buffer[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(message.at.getTime() / 1_000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets
      .map((secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`)
      .join(' '),
  };
}
