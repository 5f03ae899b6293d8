/**
 * Says what the next client of a name would bring about, and brings nothing about.
 *
 * @module
 */
import { isAbort, toAppError } from '../../core/errors.ts';
import type { Name } from '../../core/names.ts';
import type { LifecycleContext } from '../context.ts';
import { objectionTo } from './judge-name.ts';
import type { Permissions } from './permissions.ts';
import type { Refusal } from './refusal.ts';
import { onDemandDraws, onDemandNameScope } from './scopes.ts';
import type { OnDemandSettings } from './settings.ts';

export interface Foresight {
  readonly outcome: 'served' | 'issuing' | 'would-issue' | 'refused';
  /** A clause. */
  readonly because: string;
}

export interface Foreseen {
  readonly context: Pick<LifecycleContext, 'store' | 'clock'>;
  readonly permissions: Permissions;
  readonly isServed: boolean;
  readonly isUnderWay: boolean;
  readonly refusal: Refusal | undefined;
}

export async function foresee(
  { context, permissions, isServed, isUnderWay, refusal }: Foreseen,
  name: Name,
  settings: OnDemandSettings,
  signal: AbortSignal,
): Promise<Foresight> {
  const { store, clock } = context;
  if (isServed) return { outcome: 'served', because: 'a valid certificate covers it' };
  if (isUnderWay) return { outcome: 'issuing', because: 'a certificate is being issued' };
  const objection = objectionTo(name, settings);
  if (objection !== undefined) return refused(objection);
  const [pause] = await store.budgets.findPauses([onDemandNameScope(name)], clock.now());
  if (pause !== undefined) return refused(pause.reason, pause.until);
  if (refusal !== undefined) return refused(refusal.reason, refusal.until);
  const draws = onDemandDraws(name, settings).map((draw) => ({ ...draw, isOnlyAsked: true }));
  const shortage = await store.budgets.take(draws, clock.now());
  if (shortage !== undefined) {
    return refused('the limit of onDemand for new names is reached', shortage.retryAt);
  }
  const { permission } = settings;
  if (permission === undefined) {
    return { outcome: 'would-issue', because: 'the names of onDemand allow it' };
  }
  const { origin } = new URL(permission.url);
  try {
    const verdict = await permissions.find(permission, { name }, signal);
    return verdict === 'allowed'
      ? { outcome: 'would-issue', because: `${origin} allows it` }
      : refused(`${origin} refuses it`);
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    return refused(toAppError(thrown).message);
  }
}

function refused(because: string, until?: Date): Foresight {
  const end = until === undefined ? '' : `, until ${until.toISOString()}`;
  return { outcome: 'refused', because: `${because}${end}` };
}
