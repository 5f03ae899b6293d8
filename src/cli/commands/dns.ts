/**
 * `certctl dns`, and `certctl dns persist NAME`
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { PersistRecord } from '../../api/operations.ts';
import { parseName } from '../../core/names.ts';
import { addDelegate } from './dns-delegate.ts';
import { addDnsProviders } from './dns-providers.ts';
import { addDnsTest } from './dns-test.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

interface PersistOptions extends CommonOptions {
  readonly issuer?: string;
  readonly wildcard?: boolean;
  readonly until?: Date;
}

export function addDns(program: Command): void {
  const dns = program.command('dns').description('Records in DNS that prove control of names.');
  addDnsProviders(dns);
  addPersist(dns);
  addDelegate(dns);
  addDnsTest(dns);
}

function addPersist(dns: Command): void {
  const command = dns
    .command('persist')
    .summary('print the record for the challenge dns-persist-01 (experimental)')
    .description(
      'Prints the TXT record that lets the account of an issuer prove a name from now on, by the\n' +
        'challenge dns-persist-01, and says whether it is set. Set it yourself, once: nothing is\n' +
        'written. Experimental: it follows a draft, and few CAs offer the challenge.',
    )
    .argument('<name>', 'hostname, or *.wildcard')
    .option('--issuer <name>', 'whose account (default: the first default issuer)')
    .option('--wildcard', 'let the record hold for *.NAME as well')
    .option('--until <date>', 'when the record ends, e.g. 2030-12-31 (default: never)', parseUntil)
    .addHelpText(
      'after',
      "\nExamples:\n  certctl dns persist app.example.com\n  certctl dns persist '*.example.com' --until 2030-12-31\n",
    );
  withCommonOptions(command).action(
    (text: string, { issuer, wildcard = false, until, ...options }: PersistOptions) =>
      runAction(options, async ({ operations, output, signal }) => {
        const name = parseName(text);
        const body = { name, issuer, withWildcard: wildcard, until: until?.toISOString() };
        const found = await (await operations()).persistRecord(body, output.progress, signal);
        output.result(found, describe(found, output.style));
        return undefined;
      }),
  );
}

function describe({ issuer, draft, record, state, message }: PersistRecord, style: Style): string {
  const { name, type, value } = record;
  const rows = { issuer, name, type, value, state: `${state}: ${message}`, form: draft };
  return renderTable(Object.entries(rows).map(([label, text]) => [style.bold(label), text]));
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** A day counts to its end. */
function parseUntil(text: string): Date {
  const until = new Date(DAY.test(text) ? `${text}T23:59:59Z` : text);
  // Days that no month has would otherwise be those of the next one.
  const exists = DAY.test(text)
    ? !Number.isNaN(until.getTime()) && until.toISOString().startsWith(text)
    : INSTANT.test(text) && !Number.isNaN(until.getTime());
  if (exists) return until;
  throw new InvalidArgumentError('It must be a day such as 2030-12-31, or 2030-12-31T12:00:00Z.');
}
