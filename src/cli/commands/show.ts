/**
 * `certctl show NAME`
 *
 * @module
 */
import type { Command } from 'commander';
import type { CertificateDetail } from '../../lifecycle/view.ts';
import { gistOf } from '../../observe/events/gist.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { type KeyOptions, keyOption } from '../key-option.ts';
import { pairOf } from '../../core/paired.ts';
import { deploymentText } from '../deployment-text.ts';
import { namesText } from '../names-text.ts';
import { paintStatus } from '../status-text.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { relativeTime } from '../time-text.ts';

export function addShow(program: Command): void {
  const command = program
    .command('show')
    .summary('show what there is for a name')
    .description(
      'Shows one certificate, or both of a pair: what is served, what comes next and why, and its history.',
    )
    .argument('<name>', 'one of its names')
    .addOption(keyOption('both'));
  withCommonOptions(command).action((name: string, options: CommonOptions & KeyOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const choice = { name, keyAlgorithm: options.keyType };
      const detail = await (await operations()).show(choice, output.progress, signal);
      const shown = pairOf(detail).map((each) => describe(each, output.style));
      output.result(detail, shown.join('\n\n'));
      return undefined;
    }),
  );
}

function describe(detail: CertificateDetail, style: Style): string {
  const now = new Date();
  const at = (instant: string) => `${instant} (${relativeTime(instant, now)})`;
  const { current, renewal, waiting, failure, order } = detail;
  const rows: [string, string | undefined][] = [
    ['names', namesText(detail.names)],
    ['status', paintStatus(detail.status, style)],
    ['source', detail.source],
    ['issuers', detail.issuers.join(', ')],
    ['challenges', detail.challenges.join(', ') || undefined],
    ['dns', detail.dns],
    ['key type', `${detail.keyType}${detail.reuseKey === true ? ', kept by renewals' : ''}`],
    ['key', detail.isKeyElsewhere === true ? KEY_ELSEWHERE : undefined],
    ['profile', current?.profile ?? detail.profile],
    ['chain', detail.preferredChain && `preferred by the issuer "${detail.preferredChain}"`],
    ['serial', current?.serial],
    ['fingerprint', current && `sha256 ${current.fingerprint256}`],
    ['issued', current && `${at(current.issuedAt)} by ${current.issuer}`],
    ['valid from', current && at(current.notBefore)],
    ['valid until', current && at(current.notAfter)],
    [
      'revoked',
      current?.revokedAt && `${at(current.revokedAt)}: ${current.revocationReason ?? ''}`,
    ],
    ['CA suggests', renewal && `${renewal.windowStart} to ${renewal.windowEnd}`],
    ['CA explains', renewal?.explanationUrl],
    ['next', `${detail.next.action}: ${detail.next.message}`],
    ['waits for', waiting?.message],
    ['waits until', waiting && (waiting.until === undefined ? 'somebody acts' : at(waiting.until))],
    ['unpause at', waiting?.url],
    [
      'open order',
      order && `${order.url ?? 'not yet created'} (${order.reason}) since ${order.since}`,
    ],
    ['failures', failure && `${failure.count}, the last ${at(failure.at)}`],
    ['failing since', failure && at(failure.since)],
    ['last error', failure?.error.message],
    ['mend', failure?.error.mend],
    ['parked', failure?.parked && `${at(failure.parked.since)}: ${failure.parked.message}`],
    ['next attempt', failure && at(failure.retryAt)],
    ...(detail.deployments ?? []).map((one): [string, string] => [
      'target',
      deploymentText(one, style, now),
    ]),
    ...(detail.served ?? []).map(({ name, address, message, since }): [string, string] => [
      style.red('not as stored'),
      `${name} at ${address} since ${at(since)}: ${message}`,
    ]),
    ['history', historyText(detail)],
    ...detail.events.map((event, index): [string, string] => [
      index === 0 ? 'events' : '',
      `${at(event.timestamp)} ${event.type} ${gistOf(event)}`.trimEnd(),
    ]),
  ];
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return renderTable(shown.map(([label, value]) => [style.bold(label), value]));
}

const KEY_ELSEWHERE = 'elsewhere: issued for a signing request, not served here';

function historyText({ history }: CertificateDetail): string | undefined {
  if (history.length === 0) return undefined;
  const oldest = history.at(-1);
  return `${history.length} issued${oldest === undefined ? '' : `, the first on ${oldest.issuedAt}`}`;
}
