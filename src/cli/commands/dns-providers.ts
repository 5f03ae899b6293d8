/**
 * `certctl dns providers [NAME]`
 *
 * @module
 */
import type { Command } from 'commander';
import type { DnsProviderView, DnsSettingView } from '../../config/describe-dns-provider.ts';
import { nearestWord } from '../../core/nearest-word.ts';
import { AppError } from '../../core/errors.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

export function addDnsProviders(dns: Command): void {
  const command = dns
    .command('providers')
    .summary('list the DNS hosts that records can be written to')
    .description('Lists the DNS providers for dns-01, and the settings that each of them needs.')
    .argument('[name]', 'everything about this one');
  withCommonOptions(command).action((name: string | undefined, options: CommonOptions) =>
    runAction(options, async ({ output }) => {
      // No other command needs to know all of them.
      const { describeDnsProviders } = await import('../../config/describe-dns-provider.ts');
      const providers = describeDnsProviders();
      if (name === undefined) {
        output.result(providers, list(providers, output.style));
        return undefined;
      }
      const provider = providers.find((each) => each.name === name);
      if (provider === undefined) throw unknownProvider(name, providers);
      output.result(provider, describe(provider, output.style));
      return undefined;
    }),
  );
}

function unknownProvider(name: string, providers: readonly DnsProviderView[]): AppError {
  const nearest = nearestWord(
    name,
    providers.map((provider) => provider.name),
  );
  const hint = nearest === undefined ? '' : `; the nearest is ${nearest}`;
  return new AppError('usage/invalid', `there is no DNS provider ${name}${hint}`, {
    mend: 'See `certctl dns providers` for all of them.',
    context: { name },
  });
}

function list(providers: readonly DnsProviderView[], style: Style): string {
  const header = ['NAME', 'HOST', 'SETTINGS'].map((title) => style.bold(title));
  const rows = providers.map(({ name, title, settings }) => [
    name,
    title,
    settings.filter(isShown).map(keyText).join(', '),
  ]);
  return `${renderTable([header, ...rows])}\n\n[in brackets: optional] All of one: certctl dns providers NAME`;
}

function describe(provider: DnsProviderView, style: Style): string {
  const { title, name, description, docsUrl, settings, notes, propagation, example } = provider;
  const waits = Object.entries(propagation).map(([key, value]) => `propagation.${key}: ${value}`);
  const parts = [
    `${style.bold(name)}: ${title}\n${description}\n${docsUrl}`,
    renderTable(settings.map((setting) => [`  ${setting.key}`, ...aboutText(setting)])),
    [...notes, ...waits].map((line) => `  ${line}`).join('\n'),
    example.trimEnd(),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function aboutText(setting: DnsSettingView): string[] {
  const { isRequired, isSecret, default: usual, values = [], description } = setting;
  const marks = [
    isRequired ? 'required' : usual === undefined ? 'optional' : `default ${usual}`,
    ...(isSecret ? ['secret'] : []),
  ];
  const choice = values.length === 0 ? '' : ` One of: ${values.join(', ')}.`;
  return [marks.join(', '), `${description}${choice}`];
}

/** Not what is inside of others, and not what all have. */
function isShown({ key }: DnsSettingView): boolean {
  return !key.includes('.') && key !== 'zones';
}

function keyText({ key, isRequired }: DnsSettingView): string {
  return isRequired ? key : `[${key}]`;
}
