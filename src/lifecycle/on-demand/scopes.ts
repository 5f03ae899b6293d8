/**
 * What on-demand certificates draw on in the store, so that it holds for all processes and restarts.
 *
 * @module
 */
import { DAY_MS, after } from '../../core/clock.ts';
import type { Name } from '../../core/names.ts';
import type { BudgetDraw } from '../../store/budgets.ts';
import type { CertificateRecord } from '../../store/records.ts';
import { registeredDomain } from '../budget/registered-domain.ts';
import type { LifecycleContext } from '../context.ts';
import type { OnDemandSettings } from './settings.ts';

/** What a person removed is not made again by the next client. */
const REMOVED_MS = DAY_MS;

/** One token for each new name, whatever becomes of it. */
export function onDemandDraws(
  name: Name,
  { host, limit, totalLimit }: Pick<OnDemandSettings, 'host' | 'limit' | 'totalLimit'>,
): BudgetDraw[] {
  return [
    { scope: `on-demand-domain ${host} ${registeredDomain(name)}`, limit },
    { scope: `on-demand-total ${host}`, limit: totalLimit },
  ];
}

export function onDemandNameScope(name: Name): string {
  return `on-demand-name ${name}`;
}

/** To be called when a person removes a certificate: what clients brought about stays away for a day. */
export async function keepRemoved(
  { store, clock }: Pick<LifecycleContext, 'store' | 'clock'>,
  { source, spec }: CertificateRecord,
): Promise<void> {
  if (source !== 'on-demand') return;
  const now = clock.now();
  const until = after(now, REMOVED_MS);
  for (const name of spec.names) {
    const scope = onDemandNameScope(name);
    await store.budgets.pause({ scope, until, reason: 'it was removed by a person' }, now);
  }
}
