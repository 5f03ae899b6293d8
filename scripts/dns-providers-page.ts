/**
 * Prints docs/dns-providers.md: `node scripts/dns-providers-page.ts > docs/dns-providers.md`.
 *
 * @module
 */
import {
  type DnsProviderView,
  type DnsSettingView,
  describeDnsProviders,
} from '../src/config/describe-dns-provider.ts';

export function dnsProvidersPage(): string {
  const providers = describeDnsProviders();
  const index = providers.map(({ name, title }) => `| [\`${name}\`](#${name}) | ${title} |`);
  return [
    INTRODUCTION,
    `| provider | host |\n| --- | --- |\n${index.join('\n')}`,
    ...providers.map(section),
    '',
  ].join('\n\n');
}

const INTRODUCTION = `# DNS providers

<!-- Made by scripts/dns-providers-page.ts from what src/dns/*/metadata.ts say. -->

For wildcards, and for hosts that the CA cannot reach, certctl proves control of a name by a TXT
record (dns-01) that it writes with a *DNS credential*. A configuration has any number of them, also
several of one provider, each under a name of its own; \`certificates[].dns\` and \`defaults.dns\`
choose one. Secrets are best given as \`\${VARIABLE}\` or \`\${file:/path}\`.

What holds for all of them:

- The zone is the one with the longest suffix among the zones of the credential. \`zones\` limits it
  to some of them.
- Other TXT records of the name stay; only certctl's own value is removed.
- A limit on requests is waited for when it is over within seconds; otherwise the order waits until
  the host lets it go on.
- \`propagation\` says how the visibility of a record is judged before the CA is asked to look:
  \`{ timeout: 2m, extraWait: 0s, check: true, resolvers: [] }\`; see [dns.md](dns.md).

\`certctl dns providers NAME\` shows the same on the command line.`;

function section({
  name,
  title,
  description,
  docsUrl,
  settings,
  notes,
  propagation,
  example,
}: DnsProviderView): string {
  const waits = Object.entries(propagation).map(
    ([key, value]) => `\`propagation.${key}\` is ${value} unless you set it.`,
  );
  const remarks = [...notes, ...waits].map((line) => `- ${line}`);
  return [
    `## ${name}`,
    `${title}. ${description} [Its documentation](${docsUrl}).`,
    `\`\`\`yaml\n${example.trimEnd()}\n\`\`\``,
    `| setting | | |\n| --- | --- | --- |\n${settings.map(row).join('\n')}`,
    ...(remarks.length === 0 ? [] : [remarks.join('\n')]),
  ].join('\n\n');
}

function row(setting: DnsSettingView): string {
  const { key, isRequired, isSecret, default: usual, values = [], description } = setting;
  const state = isRequired ? 'required' : usual === undefined ? 'optional' : `default \`${usual}\``;
  const marks = isSecret ? `${state}, secret` : state;
  const choice =
    values.length === 0 ? '' : ` One of ${values.map((each) => `\`${each}\``).join(', ')}.`;
  return `| \`${key}\` | ${marks} | ${(description + choice).replaceAll('|', '\\|')} |`;
}

if (import.meta.main) process.stdout.write(dnsProvidersPage());
