/**
 * Orders: the way from names to a certificate (RFC 8555 §7.1.3, §7.4).
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { Name } from '../core/names.ts';
import { httpsUrl } from './https-url.ts';
import { describeIdentifiers, identifierFor, identifierSchema } from './identifier.ts';
import { describeProblem, problemSchema } from './problem.ts';

export interface NewOrder {
  readonly names: readonly Name[];
  /** One of the names in the directory's `meta.profiles`. */
  readonly profile?: string | undefined;
  /** The ARI certificate identifier of the predecessor (RFC 9773 §5). */
  readonly replaces?: string | undefined;
}

const MOST_IDENTIFIERS = 1_000;

export const orderSchema = z.object({
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  identifiers: z.array(identifierSchema).min(1).max(MOST_IDENTIFIERS),
  authorizations: z.array(httpsUrl).max(MOST_IDENTIFIERS),
  finalize: httpsUrl,
  certificate: httpsUrl.optional(),
  expires: z.string().optional().catch(undefined),
  profile: z.string().optional().catch(undefined),
  replaces: z.string().optional().catch(undefined),
  error: problemSchema.optional().catch(undefined),
});

export interface Order extends z.output<typeof orderSchema> {
  readonly url: string;
  /** When the server wants to be asked again, as of this answer. */
  readonly retryAt?: Date | undefined;
}

export interface OrderGoal {
  /** `ready`: until the order leaves `pending`. `valid`: until it leaves `processing`. */
  readonly status: 'ready' | 'valid';
  /** The newest known state; without it the order is fetched at once. */
  readonly from?: Order | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The payload of newOrder. */
export function orderPayload({ names, profile, replaces }: NewOrder): object {
  return { identifiers: names.map(identifierFor), profile, replaces };
}

/** Polling ends at any other state than the one that the goal waits out, be it good or bad. */
export function hasReached(order: Order, goal: OrderGoal): boolean {
  return order.status !== (goal.status === 'ready' ? 'pending' : 'processing');
}

/** The error of an order that ended without a certificate. */
export function orderFailure(order: Order): AppError {
  const reason = order.error === undefined ? `it is ${order.status}` : describeProblem(order.error);
  return new AppError(
    'acme/order-failed',
    `the order for ${describeIdentifiers(order.identifiers)} failed: ${reason}`,
    {
      context: {
        url: order.url,
        status: order.status,
        ...(order.error && { problem: order.error }),
      },
      mend: 'Mend what the CA says and order again.',
    },
  );
}
