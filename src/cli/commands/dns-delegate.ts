/**
 * `certctl dns delegate NAME`
 *
 * @module
 */
import type { Command } from 'commander';
import type { DelegationRecordView } from '../../api/operations.ts';
import { parseName } from '../../core/names.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

export function addDelegate(dns: Command): void {
  const command = dns
    .command('delegate')
    .summary('print the CNAME record that lets us prove a name of somebody else')
    .description(
      'Prints the one CNAME record that the owner of a name sets, once, and says whether it is set.\n' +
        'From then on the challenge records of the name and its wildcard are written in the zone of\n' +
        'the key dns.delegation, and nowhere else. The record stays the same on every machine.\n' +
        'For exact names that lead here http-01 is another way, which needs no record.',
    )
    .argument('<name>', 'hostname, or *.wildcard')
    .addHelpText('after', '\nExample:\n  certctl dns delegate app.customer.example\n');
  withCommonOptions(command).action((text: string, options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const body = { name: parseName(text) };
      const found = await (await operations()).delegationRecord(body, output.progress, signal);
      output.result(found, describe(found, output.style));
      return undefined;
    }),
  );
}

function describe({ record, state, message }: DelegationRecordView, style: Style): string {
  const { name, type, value } = record;
  const rows = { name, type, value, state: `${state}: ${message}` };
  return renderTable(Object.entries(rows).map(([label, text]) => [style.bold(label), text]));
}
