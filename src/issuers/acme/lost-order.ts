/**
 * Finds the order of a newOrder request whose answer never came.
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
import { identifiersMatch } from '../../acme/identifier.ts';
import type { Order } from '../../acme/order.ts';
import { isAbort, toAppError } from '../../core/errors.ts';
import type { ObtainRequest } from '../issuer.ts';

/**
 * @returns the account's open order for the same names, profile and predecessor, where the CA lists
 *   orders. A list that cannot be read must not cost a certificate: a new order is asked for then.
 * @throws what newOrder would meet as well.
 */
export async function findLostOrder(
  account: AccountHandle,
  request: ObtainRequest,
  signal: AbortSignal,
): Promise<Order | undefined> {
  const { lost, report } = request;
  if (lost === undefined) return undefined;
  try {
    const order = await account.findOrder(
      { among: lost.unknownAmong, isSought: (each) => isOpenFor(each, request) },
      signal,
    );
    if (order === undefined) return undefined;
    report({ step: 'order-resumed', message: `found the order ${order.url}, asked for before` });
    return order;
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const { code, message, retryAt } = toAppError(thrown);
    const isForAll = code === 'acme/rate-limited' || code === 'acme/unreachable';
    if (isForAll || retryAt !== undefined) throw thrown;
    report({ step: 'warning', message: `cannot look for an order asked for before: ${message}` });
    return undefined;
  }
}

function isOpenFor(order: Order, { names, profile, replaces }: ObtainRequest): boolean {
  const isOpen = order.status === 'pending' || order.status === 'ready';
  // Not every CA repeats what it was asked, and one that was asked for no profile chooses.
  const hasProfile = profile === undefined || [undefined, profile].includes(order.profile);
  const isSame = hasProfile && [undefined, replaces].includes(order.replaces);
  return isOpen && isSame && identifiersMatch(order.identifiers, names);
}
