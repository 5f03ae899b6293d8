/**
 * The operations as one caller may use them: allowed or refused, and changes written down.
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import { toWire } from '../../core/error-wire.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { newId } from '../../core/id.ts';
import { type Name, isWithin } from '../../core/names.ts';
import type { Log } from '../../observe/log.ts';
import { logSteps } from '../../observe/log-steps.ts';
import type { Reporter } from '../../observe/progress.ts';
import { withTrail } from '../../observe/trail.ts';
import type { AuditTable } from '../../store/access.ts';
import type { CertificateView } from '../../lifecycle/view.ts';
import type { Operations } from '../operations.ts';
import { type OperationName, REQUESTS } from '../requests.ts';
import { auditedView } from './audited-view.ts';
import type { Caller } from './caller.ts';
import { type Permission, authorize, PERMISSIONS } from './permissions.ts';
import { type NameSource, namesTouched, permissionOf } from './touched-names.ts';

export interface GuardOptions {
  readonly operations: Operations;
  readonly names: NameSource;
  readonly audit: AuditTable;
  readonly clock: Clock;
  /** Where the steps of changes are told, with the id of the request. */
  readonly log?: Log | undefined;
}

type Operation = (body: unknown, report: Reporter, signal: AbortSignal) => Promise<unknown>;

export type Guard = (caller: Caller) => Operations;

export function createGuard(options: GuardOptions): Guard {
  const { operations, names, log } = options;
  const every = Object.keys(REQUESTS) as OperationName[];
  return (caller) => {
    const guarded = every.map((name): [OperationName, Operation] => [
      name,
      async (body, report, signal) => {
        const permission: Permission = PERMISSIONS[permissionOf(name, body)];
        const { patterns } = caller.grant;
        // The role first: who may not do it at all learns nothing about names.
        refuse(name, authorize({ role: caller.grant.role }, permission, []));
        const isLookedUp = permission.scope === 'names' && (patterns ?? permission.isChange);
        const looking = isLookedUp ? namesTouched(name, body, names) : Promise.resolve([]);
        // For who may touch every name, what is wrong with them is the operation's to say.
        const touched = await (patterns === undefined ? looking.catch(() => []) : looking);
        refuse(name, authorize(caller.grant, permission, touched));
        const scoped = scopedBody(name, body, permission, caller);
        const operation = operations[name] as Operation;
        const { isChange } = permission;
        const told = isChange && log !== undefined ? logSteps(log, report) : report;
        const run = async (): Promise<unknown> =>
          scopedResult(name, await operation(scoped, told, signal), patterns);
        return withTrail(trailOf(name, caller), () =>
          isChange ? audited(options, caller, name, body, touched, run) : run(),
        );
      },
    ]);
    // The table of requests has every operation, and each is of its own type below.
    return Object.fromEntries(guarded) as unknown as Operations;
  };
}

function refuse(operation: string, verdict: ReturnType<typeof authorize>): void {
  if (verdict.isAllowed) return;
  throw new AppError('permission/denied', `${operation} is not permitted: ${verdict.reason}`, {
    mend: 'Use a token with the role and the names that this takes.',
  });
}

function trailOf(operation: OperationName, { actor: { requestId } }: Caller) {
  return { operation, ...(requestId === undefined ? {} : { requestId }) };
}

/** What only the guard may say is the guard's word, whatever came in. */
function scopedBody(
  name: OperationName,
  body: unknown,
  { scope }: Permission,
  { grant, actor }: Caller,
): unknown {
  if (name === 'createToken') return { ...(body as object), createdBy: actor.name };
  if (scope !== 'listed' || name === 'list') return body;
  const { within: _given, ...rest } = body as { readonly within?: unknown };
  return grant.patterns === undefined ? rest : { ...rest, within: grant.patterns };
}

/** `list` is the command's, which has no pages: its answer is cut instead of its query. */
function scopedResult(
  name: OperationName,
  result: unknown,
  patterns: readonly Name[] | undefined,
): unknown {
  if (name !== 'list' || patterns === undefined) return result;
  return (result as readonly CertificateView[]).filter(({ names }) =>
    isWithin(patterns, names as readonly Name[]),
  );
}

/** Written down before it begins, so that what a crash cuts short is there, too. */
async function audited(
  { operations, audit, clock, log }: GuardOptions,
  { actor }: Caller,
  operation: OperationName,
  body: unknown,
  names: readonly Name[],
  run: () => Promise<unknown>,
): Promise<unknown> {
  const now = clock.now();
  const id = newId(now);
  const view = auditedView(operations, operation, body);
  const before = await view.before().catch(() => undefined);
  await audit.append({
    id,
    at: now,
    actor,
    operation,
    names: [...new Set(names)].slice(0, MOST_NAMES),
    before,
    outcome: 'begun',
  });
  log?.info({ actor: actor.name, auditId: id }, 'operation begun');
  try {
    const result = await run();
    const after = await view.after(result).catch(() => undefined);
    await audit.finish(id, { outcome: 'done', after, finishedAt: clock.now() });
    log?.info('operation done');
    return result;
  } catch (thrown) {
    const { context: _facts, ...error } = toWire(toAppError(thrown));
    await audit.finish(id, { outcome: 'failed', error, finishedAt: clock.now() });
    throw thrown;
  }
}

const MOST_NAMES = 100;
