/**
 * A changed configuration in the audit log: that it was applied, not what is in it.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { newId } from '../core/id.ts';
import type { Control } from './control.ts';

export async function auditReload({ store, context }: Control, { source }: Config): Promise<void> {
  const at = context.clock.now();
  await store.audit.append({
    id: newId(at),
    at,
    actor: { kind: 'configuration', name: source.path ?? 'defaults' },
    operation: 'applyConfiguration',
    names: [],
    outcome: 'done',
    finishedAt: at,
  });
}
