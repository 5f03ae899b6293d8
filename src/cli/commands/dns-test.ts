/**
 * `certctl dns test CREDENTIAL NAME`
 *
 * @module
 */
import type { Command } from 'commander';
import type { CredentialTest } from '../../api/operations.ts';
import { isAbort } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';
import { EXIT_INTERRUPTED } from '../exit-code.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

export function addDnsTest(dns: Command): void {
  const command = dns
    .command('test')
    .summary('write, look for and remove a record by a DNS credential')
    .description(
      'Writes a TXT record of no meaning where a CA would look for the proof of a name, waits until\n' +
        'each name server has it, removes it, and says how long every step took.',
    )
    .argument('<credential>', 'a DNS credential of the configuration')
    .argument('<name>', 'hostname, or *.wildcard')
    .addHelpText('after', '\nExample:\n  certctl dns test main app.example.com\n');
  withCommonOptions(command).action((credential: string, text: string, options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const body = { credential, name: parseName(text) };
      try {
        const done = await (await operations()).testCredential(body, output.progress, signal);
        output.result(done, describe(done, output.style));
        return undefined;
      } catch (thrown) {
        if (!isAbort(thrown, signal)) throw thrown;
        output.note('interrupted: the record is removed');
        return EXIT_INTERRUPTED;
      }
    }),
  );
}

function describe(done: CredentialTest, style: Style): string {
  const rows: [string, string][] = [
    ['credential', done.credential],
    ['record', done.record],
    ...(done.writtenAt === done.record ? [] : [['leads to', done.writtenAt] as [string, string]]),
    ['written', seconds(done.writtenMs)],
    ...done.servers.map(({ server, ms }): [string, string] => [server, seconds(ms)]),
    ['visible', seconds(done.visibleMs)],
    ['removed', seconds(done.removedMs)],
  ];
  return renderTable(rows.map(([label, text]) => [style.bold(label), text]));
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / MS_PER_SECOND).toFixed(2)} s`;
}

const MS_PER_SECOND = 1_000;
