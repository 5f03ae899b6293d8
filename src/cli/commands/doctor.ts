/**
 * `certctl doctor [NAME...]`
 *
 * @module
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../core/clock.ts';
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import {
  type FaultKind,
  type Finding,
  type Verdict,
  warning,
} from '../../lifecycle/preflight/finding.ts';
import { EXIT_DONE, exitCodeOf } from '../exit-code.ts';
import {
  type CommonOptions,
  SOCKET,
  type Session,
  loadConfigFor,
  runAction,
  withCommonOptions,
} from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** The status of an error of that kind. */
const EXIT_CODES: Readonly<Record<FaultKind, number>> = {
  input: exitCodeOf(new AppError('input/invalid', 'input')),
  service: exitCodeOf(new AppError('acme/unreachable', 'service')),
  configuration: exitCodeOf(new AppError('config/invalid', 'configuration')),
};

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('look for what would keep certificates from being issued')
    .description(
      'Looks for what would keep certificates from being issued: on this machine, in DNS, at the CA.\n' +
        'Without names, for all that is managed. Nothing is ordered, no record is changed.',
    )
    .argument('[name...]', 'names, managed or not');
  command.option(
    '--fips',
    'say which FIPS provider is loaded, and what is known of its validation',
  );
  withCommonOptions(command).action((names: string[], options: DoctorOptions) =>
    runAction(options, async (session) => {
      const { worstKind } = await import('../../lifecycle/preflight/examine.ts');
      const { output } = session;
      const { findings, report } =
        options.fips === true
          ? await examineFips(session, names)
          : { findings: await examine(session, names) };
      output.result(report ?? findings, describe(findings, output.style));
      const worst = worstKind(findings);
      return worst === undefined ? EXIT_DONE : EXIT_CODES[worst];
    }),
  );
}

interface DoctorOptions extends CommonOptions {
  readonly fips?: boolean;
}

/** In this process the mode is not entered: what keeps it from that is to be told. */
async function examineFips({ common, environment }: Session, names: readonly string[]) {
  if (names.length > 0) {
    throw new AppError('usage/invalid', 'doctor --fips is about the provider and takes no names', {
      mend: 'Leave out the names, or --fips.',
    });
  }
  const { reportFips, fipsFindings } = await import('../../main/fips-report.ts');
  const config = await loadConfigFor(common, environment);
  const report = await reportFips(config, environment.variables['OPENSSL_MODULES']);
  return { findings: fipsFindings(report), report };
}

/** The machine is looked at from here, the names by whoever does the work. */
async function examine(session: Session, names: readonly string[]): Promise<Finding[]> {
  if (session.isRemote) {
    const elsewhere = await session.operations();
    return elsewhere.diagnose({ names: [...names] }, session.output.progress, session.signal);
  }
  const config = await session.loadConfig();
  const { dataDir } = config;
  const { isListening } = await import('../../api/client.ts');
  const { gatherMachineFacts } = await import('../../main/machine-facts.ts');
  const { examineMachine } = await import('../../lifecycle/preflight/examine.ts');
  const hasDaemon = await isListening(join(dataDir, SOCKET));
  const fips = config.fips === undefined ? [] : (await examineFips(session, [])).findings;
  const machine = await gatherMachineFacts(dataDir, hasDaemon);
  const { warningsOf } = await import('../../config/warnings.ts');
  const ofConfig = warningsOf(config, systemClock).map(({ subject, message, mend }) =>
    warning('policy', subject, message, mend),
  );
  const operations = await open(session);
  if (operations instanceof AppError) {
    return [...examineMachine({ ...machine, openFault: operations }), ...fips, ...ofConfig];
  }
  const { signal, output } = session;
  const found = await operations.diagnose({ names: [...names] }, output.progress, signal);
  return [...examineMachine(machine), ...fips, ...ofConfig, ...found];
}

/** A control plane that does not open is a finding like others. */
async function open({ operations, signal }: Session) {
  try {
    return await operations();
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    return toAppError(thrown);
  }
}

function describe(findings: readonly Finding[], style: Style): string {
  const rows = findings.map(({ verdict, check, subject, message }) => [
    paint(verdict, style),
    check,
    subject,
    message,
  ]);
  const mends = findings.flatMap(({ mend, check, subject }) =>
    mend === undefined ? [] : [`${style.bold('mend')} ${check} ${subject}: ${mend}`],
  );
  return [renderTable(rows), ...mends].join('\n');
}

function paint(verdict: Verdict, style: Style): string {
  switch (verdict) {
    case 'ok':
      return style.green(verdict);
    case 'warning':
      return style.yellow(verdict);
    case 'failure':
      return style.red(verdict);
  }
}
