/**
 * `certctl list`
 *
 * @module
 */
import type { Command } from 'commander';
import type { CertificateView } from '../../lifecycle/view.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { deploymentSummary } from '../deployment-text.ts';
import { namesText } from '../names-text.ts';
import { paintStatus } from '../status-text.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';
import { relativeTime } from '../time-text.ts';

const HEADER = ['NAMES', 'KEY', 'STATUS', 'ISSUER', 'EXPIRES', 'SOURCE', 'NEXT'];
const SHOWN_NAMES = 3;

export function addList(program: Command): void {
  const command = program
    .command('list')
    .summary('list what is managed')
    .description('Lists what is managed.');
  withCommonOptions(command).action((options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const certificates = await (await operations()).list({}, output.progress, signal);
      output.result(certificates, describe(certificates, output.style));
      return undefined;
    }),
  );
}

function describe(certificates: readonly CertificateView[], style: Style): string {
  if (certificates.length === 0) {
    return 'no certificates yet; get one with `certctl issue app.example.com`';
  }
  const now = new Date();
  const hasTargets = certificates.some(({ deployments }) => deployments !== undefined);
  const header = hasTargets ? [...HEADER, 'TARGETS'] : HEADER;
  const rows = certificates.map((certificate) => [
    namesText(certificate.names, SHOWN_NAMES),
    certificate.keyType,
    paintStatus(certificate.status, style),
    certificate.current?.issuer ?? certificate.issuers.join(', '),
    certificate.current === undefined ? '-' : relativeTime(certificate.current.notAfter, now),
    certificate.isKeyElsewhere === true
      ? `${certificate.source}, key elsewhere`
      : certificate.source,
    nextText(certificate, now),
    ...(hasTargets ? [deploymentSummary(certificate, style)] : []),
  ]);
  return renderTable([header.map((title) => style.bold(title)), ...rows]);
}

function nextText({ next }: CertificateView, now: Date): string {
  const when = next.at === undefined ? '' : ` ${relativeTime(next.at, now)}`;
  return next.action === 'issue' ? `issue now (${next.reason})` : `${next.reason}${when}`;
}
