/**
 * `certctl token create`, `list`, `rotate` and `revoke`
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { findPattern } from '../../api/leaves.ts';
import type { NewToken, TokenView } from '../../api/resource-operations.ts';
import { DAY_MS } from '../../core/clock.ts';
import { isNetwork } from '../../core/networks.ts';
import { ROLES, type Role } from '../../store/access.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { renderTable } from '../table.ts';
import { relativeTime } from '../time-text.ts';

interface CreateOptions extends CommonOptions {
  readonly role: Role;
  readonly bind?: string[];
  readonly from?: string[];
  readonly expires?: number | 'never';
}

interface RotateOptions extends CommonOptions {
  readonly grace: number;
  readonly expires?: number;
}

const MOST_DAYS = 3_650;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MOST_GRACE_SECONDS = 604_800;

export function addToken(program: Command): void {
  const token = program.command('token').description('Tokens for the API.');

  const create = token
    .command('create')
    .summary('make a token and show its secret this once')
    .description(
      'Makes a token for the API. Its secret is printed this once and kept as a hash only.\n' +
        'With --bind it is for these names alone: certificates all of whose names are among them.',
    )
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('viewer'))
    .option('--bind <pattern>', 'a name or wildcard that it is bound to; repeatable', collectBind)
    .option('--from <network>', 'where it may come from; repeatable', collectNetwork)
    .option('--expires <days>', 'days, e.g. 30d, or never (default: 90d)', parseDays);
  withCommonOptions(create).action((name: string, options: CreateOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const { role, bind, from, expires } = options;
      const body = {
        name,
        role,
        ...(bind === undefined ? {} : { patterns: bind }),
        ...(from === undefined ? {} : { networks: from }),
        ...(expires === undefined
          ? {}
          : { expiresAt: expires === 'never' ? null : inDays(expires) }),
      };
      const made = await (await operations()).createToken(body, output.progress, signal);
      output.result(made, made.secret);
      output.note(describeNew(made));
      return undefined;
    }),
  );

  const list = token.command('list').description('Lists tokens, without their secrets.');
  withCommonOptions(list).action((options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const tokens = await (await operations()).listTokens({}, output.progress, signal);
      output.result(tokens, describeList(tokens));
      return undefined;
    }),
  );

  const rotate = token
    .command('rotate')
    .description('Gives a token a new secret, and shows it this once.')
    .argument('<id>', 'as `certctl token list` has it')
    .option('--grace <duration>', 'how long the old secret still counts, e.g. 1h', parseGrace, 0)
    .option('--expires <days>', 'e.g. 30d (default: as it was)', parseWholeDays);
  withCommonOptions(rotate).action((id: string, options: RotateOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const { grace, expires } = options;
      const body = {
        id,
        graceSeconds: grace,
        ...(expires === undefined ? {} : { expiresAt: inDays(expires) }),
      };
      const made = await (await operations()).rotateToken(body, output.progress, signal);
      output.result(made, made.secret);
      output.note(describeNew(made));
      return undefined;
    }),
  );

  const revoke = token
    .command('revoke')
    .description('Revokes a token: nothing with it is answered from now on.')
    .argument('<id>', 'as `certctl token list` has it');
  withCommonOptions(revoke).action((id: string, options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const revoked = await (await operations()).revokeToken({ id }, output.progress, signal);
      output.result(revoked, `revoked ${revoked.name}`);
      return undefined;
    }),
  );
}

function describeNew({ token }: NewToken): string {
  const { id, name, role, patterns, expiresAt } = token;
  const bound = patterns === undefined ? 'every name' : patterns.join(', ');
  const expiry = expiresAt === undefined ? 'for ever' : `until ${expiresAt}`;
  return `token ${id} "${name}": ${role}, ${bound}, ${expiry}; its secret is not shown again`;
}

function describeList(tokens: readonly TokenView[]): string {
  if (tokens.length === 0) return 'no tokens yet; make one with `certctl token create NAME`';
  const now = new Date();
  const rows = tokens.map(({ id, name, role, patterns, state, expiresAt, lastUsedAt }) => [
    id,
    name,
    role,
    state,
    patterns === undefined ? '-' : patterns.join(' '),
    expiresAt === undefined ? 'never' : relativeTime(expiresAt, now),
    lastUsedAt === undefined ? 'never' : relativeTime(lastUsedAt, now),
  ]);
  return renderTable([['ID', 'NAME', 'ROLE', 'STATE', 'BOUND TO', 'EXPIRES', 'USED'], ...rows]);
}

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}

function parseDays(text: string): number | 'never' {
  return text === 'never' ? 'never' : parseWholeDays(text);
}

function parseWholeDays(text: string): number {
  const [, digits] = /^(\d{1,4})d$/.exec(text) ?? [];
  const days = Number(digits);
  if (digits !== undefined && days > 0 && days <= MOST_DAYS) return days;
  throw new InvalidArgumentError(`Write days, e.g. 30d, at most ${MOST_DAYS}d.`);
}

function parseGrace(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit] ?? Number.NaN);
  if (seconds <= MOST_GRACE_SECONDS) return seconds;
  throw new InvalidArgumentError('Write e.g. 30m, 1h or 2d, at most 7d.');
}

function collectBind(text: string, before: string[] | undefined): string[] {
  const pattern = text.startsWith('bind:') ? text : `bind:${text}`;
  if (findPattern(pattern) !== undefined) return [...(before ?? []), pattern];
  throw new InvalidArgumentError('Write a name or a wildcard, e.g. bind:*.customer.net.');
}

function collectNetwork(text: string, before: string[] | undefined): string[] {
  if (isNetwork(text)) return [...(before ?? []), text];
  throw new InvalidArgumentError('Write an IP address or a network, e.g. 10.0.0.0/8.');
}
