/**
 * The operations of a command that does the work itself: its changes are in the audit log, too.
 *
 * @module
 */
import { userInfo } from 'node:os';
import { createGuard } from '../api/access/guard.ts';
import type { Operations } from '../api/operations.ts';
import type { Control } from './control.ts';
import { createNameSource } from './name-source.ts';

export function localOperations({ operations, store, context }: Control): Operations {
  const guard = createGuard({
    operations,
    names: createNameSource(store),
    audit: store.audit,
    clock: context.clock,
  });
  return guard({ actor: { kind: 'local', name: userName() }, grant: { role: 'admin' } });
}

/** Some users have a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
