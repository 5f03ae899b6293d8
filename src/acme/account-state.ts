/**
 * Accounts as the CA shows them (RFC 8555 §7.1.2).
 *
 * @module
 */
import { z } from 'zod';

export const accountSchema = z.object({
  status: z.enum(['valid', 'deactivated', 'revoked']),
  /** Some CAs keep no contacts and show none. */
  contact: z.array(z.string()).catch([]),
  termsOfServiceAgreed: z.boolean().optional().catch(undefined),
});

export interface Account extends z.output<typeof accountSchema> {
  /** Identifies the account; its key signs for this URL. */
  readonly url: string;
}
