/**
 * `certctl status`
 *
 * @module
 */
import type { Command } from 'commander';
import type { DaemonStatus, TerminatorStatus } from '../../api/operations.ts';
import { AppError } from '../../core/errors.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { relativeTime } from '../time-text.ts';

const HEADER = [
  'ENDPOINT',
  'OPEN',
  'CONNECTIONS',
  'HANDSHAKES',
  'REQUESTS',
  'REFUSED',
  'IN',
  'OUT',
];

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('say how the daemon is')
    .description('Says how the daemon is, and what its terminator has counted for each endpoint.');
  withCommonOptions(command).action((options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const status = await (await operations()).status({}, output.progress, signal);
      const { terminator } = status;
      if (terminator === undefined) {
        throw new AppError('daemon/unreachable', `no daemon serves ${status.dataDir}`, {
          mend: 'Start it with certctl serve.',
        });
      }
      output.result(status, describe(status, terminator, output.style));
      return undefined;
    }),
  );
}

function describe(status: DaemonStatus, terminator: TerminatorStatus, style: Style): string {
  const { version, pid, startedAt, dataDir, configFile, listeners } = status;
  const { counters, endpoints, upstreams } = terminator;
  const draining = terminator.workers.filter(({ isDraining }) => isDraining).length;
  const down = upstreams.filter(({ state }) => state !== 'up');
  return [
    `${style.bold('certctl')} ${version}, process ${pid}, started ${relativeTime(startedAt, new Date())}`,
    `  data ${dataDir}${configFile === undefined ? '' : `, configuration ${configFile}`}`,
    `  listeners ${listeners.join(', ') || 'none'}`,
    `  workers ${terminator.workers.length - draining} of ${status.workers}${draining === 0 ? '' : `, ${draining} draining`}`,
    `  connections ${counters.open} open, ${counters.accepted} accepted, ${counters.turnedAway} turned away`,
    ...selfCheckLine(status, style),
    ...down.map(({ upstream, state }) => `  upstream ${upstream} ${style.red(state)}`),
    ...(counters.lostLines === 0
      ? []
      : [`  ${style.red(`${counters.lostLines} lines of the access log were lost`)}`]),
    ...(endpoints.length === 0 ? [] : ['', renderTable([HEADER, ...endpoints.map(rowOf)])]),
  ].join('\n');
}

function selfCheckLine({ selfCheck }: DaemonStatus, style: Style): string[] {
  if (selfCheck === undefined) return [];
  const { names, faults, endedAt } = selfCheck;
  const when = endedAt === undefined ? 'under way' : relativeTime(endedAt, new Date());
  const found = faults === 0 ? 'all as stored' : style.red(`${faults} with something else`);
  return [`  self-check ${when}: ${names} names asked for, ${found}`];
}

function rowOf({ endpoint, counts }: TerminatorStatus['endpoints'][number]): string[] {
  const bytes = (direction: string) => sizeText(partOf(counts.bytes, direction));
  return [
    endpoint === '' ? '(none)' : endpoint,
    String(Number(counts.open)),
    String(Number(counts.connections)),
    String(sumOf(counts.sessions)),
    String(sumOf(counts.requests)),
    String(sumOf(counts.refused)),
    bytes('in'),
    bytes('out'),
  ];
}

function sumOf(counted: unknown): number {
  if (typeof counted !== 'object' || counted === null) return 0;
  return Object.values(counted).reduce((sum: number, value) => sum + Number(value), 0);
}

function partOf(counted: unknown, part: string): number {
  if (typeof counted !== 'object' || counted === null) return 0;
  return Number((counted as Record<string, unknown>)[part] ?? 0);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function sizeText(octets: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, octets)) / 10));
  const amount = octets / 1024 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[power] ?? ''}`;
}
