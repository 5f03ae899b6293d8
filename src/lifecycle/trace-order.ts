/**
 * The span of an order: from its journal to its end, with all steps between.
 *
 * @module
 */
import { inSpan } from '../observe/tracing/traced.ts';
import { noteOnTrail } from '../observe/trail.ts';
import type { OrderRecord } from '../store/records.ts';
import type { LifecycleContext } from './context.ts';

const MOST_NAMES_TRACED = 10;

/** What later follows from the order is a sequel of its trace; of a rehearsal nothing does. */
export function traceOrder<T>(
  { tracer }: Pick<LifecycleContext, 'tracer'>,
  order: OrderRecord,
  work: () => Promise<T>,
): Promise<T> {
  noteOnTrail({ orderId: order.id });
  const isRehearsal = order.isRehearsal === true;
  const span = tracer?.start(isRehearsal ? 'rehearsal' : 'order', {
    'certctl.order.id': order.id,
    'certctl.certificate.id': order.certificateId,
    'certctl.issuer': order.issuer,
    'certctl.reason': order.reason,
    'certctl.names': order.spec.names.slice(0, MOST_NAMES_TRACED).join(' '),
    'certctl.resumed': order.url !== undefined,
  });
  if (span !== undefined && !isRehearsal) tracer?.remember(order.certificateId, span);
  return inSpan(span, work);
}
