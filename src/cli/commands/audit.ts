/**
 * `certctl audit`
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { AuditView } from '../../api/resource-operations.ts';
import { MOST_LISTED } from '../../api/resource-requests.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { renderTable } from '../table.ts';

interface AuditOptions extends CommonOptions {
  readonly limit: number;
  readonly actor?: string;
  readonly operation?: string;
}

const WHO: Readonly<Record<AuditView['actor']['kind'], (name: string) => string>> = {
  token: (name) => `token ${name}`,
  session: (name) => `session of ${name}`,
  local: (name) => `user ${name}`,
  socket: (name) => name,
  configuration: (name) => `configuration ${name}`,
};
const USUAL_LIMIT = 50;
const SHOWN_NAMES = 3;

export function addAudit(program: Command): void {
  const command = program
    .command('audit')
    .summary('show who changed what')
    .description(
      'Shows who changed what and from where, the newest first. With --json also the states\n' +
        'before and after.',
    )
    .option('--limit <count>', `how many, at most ${MOST_LISTED}`, parseLimit, USUAL_LIMIT)
    .option('--actor <name>', 'only what this token, person or user did (by id or name)')
    .option('--operation <name>', 'only these, e.g. revoke');
  withCommonOptions(command).action((options: AuditOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const { limit, actor, operation } = options;
      const body = { limit, actor, operation };
      const records = await (await operations()).listAudit(body, output.progress, signal);
      const isFiltered = actor !== undefined || operation !== undefined;
      output.result(records, describe(records, isFiltered));
      return undefined;
    }),
  );
}

function describe(records: readonly AuditView[], isFiltered: boolean): string {
  if (records.length === 0)
    return isFiltered ? 'nothing of that was done' : 'nothing was changed yet';
  const rows = records.map(({ at, actor, operation, names, outcome, error }) => [
    at,
    WHO[actor.kind](actor.name),
    actor.id ?? '-',
    actor.address ?? '-',
    operation,
    names.length === 0 ? '-' : names.slice(0, SHOWN_NAMES).join(' '),
    error === undefined ? outcome : `${outcome}: ${error.code}`,
  ]);
  return renderTable([['AT', 'WHO', 'ID', 'FROM', 'WHAT', 'NAMES', 'OUTCOME'], ...rows]);
}

function parseLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST_LISTED) return limit;
  throw new InvalidArgumentError(`Write a number from 1 to ${MOST_LISTED}.`);
}
