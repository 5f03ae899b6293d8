/**
 * The key file of a service account, as Google gives it out.
 *
 * @module
 */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';

export type ServiceAccount = z.output<typeof SERVICE_ACCOUNT>;

/** `undefined` when `text` is no such file. */
export function findServiceAccount(text: string): ServiceAccount | undefined {
  try {
    const { data } = SERVICE_ACCOUNT.safeParse(JSON.parse(text));
    if (data !== undefined) createPrivateKey(data.private_key);
    return data;
  } catch {
    return undefined;
  }
}

const SERVICE_ACCOUNT = z.object({
  type: z.literal('service_account'),
  project_id: z.string().regex(/^[a-z0-9.:-]{1,100}$/),
  private_key_id: z.string().optional(),
  private_key: z.string(),
  client_email: z.string(),
  token_uri: z.url({ protocol: /^https$/ }).default('https://oauth2.googleapis.com/token'),
});
