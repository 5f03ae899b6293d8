import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dnsProvidersPage } from '../scripts/dns-providers-page.ts';
import { describeDnsProviders } from '../src/config/describe-dns-provider.ts';
import { DNS_PROVIDERS } from '../src/config/dns-providers.ts';
import { dnsCredential } from '../src/config/dns-schema.ts';
import { SERVICE_ACCOUNT } from './support/recorded-google.ts';
import { ROOT } from './support/source-files.ts';

describe('docs/dns-providers.md', () => {
  it('is what scripts/dns-providers-page.ts prints', async () => {
    const page = await readFile(join(ROOT, 'docs/dns-providers.md'), 'utf8');
    expect(page).toBe(dnsProvidersPage());
  });
});

describe('the list of DNS providers', () => {
  it('has every folder of src/dns, in the order of their names', async () => {
    const entries = await readdir(join(ROOT, 'src/dns'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(DNS_PROVIDERS.map(({ name }) => name)).toEqual(folders.toSorted());
  });

  it.each(describeDnsProviders().map((provider) => [provider.name, provider] as const))(
    '%s explains every setting, and has an example that is valid',
    (_name, { settings, example }) => {
      expect(settings.filter(({ description }) => description === '')).toEqual([]);
      const { dns } = parse(example) as { dns: { main: unknown } };
      const filled = JSON.parse(
        JSON.stringify(dns.main).replaceAll(/"\$\{([^}]+)\}"/g, (_whole, from: string) =>
          JSON.stringify(from.endsWith('.json') ? SERVICE_ACCOUNT : SECRET),
        ),
      ) as unknown;
      expect(dnsCredential.safeParse(filled).error).toBeUndefined();
    },
  );

  it.each(DNS_PROVIDERS.map((provider) => [provider.name, provider] as const))(
    '%s marks its secrets',
    (_name, { example, secrets, settingsSchema }) => {
      expect(Object.keys(settingsSchema.shape)).toEqual(expect.arrayContaining([...secrets]));
      const given = Object.entries(example).filter(([, value]) =>
        JSON.stringify(value).includes('${'),
      );
      const unmarked = given.map(([key]) => key).filter((key) => !isSecret(key, secrets));
      expect(unmarked).toEqual([]);
    },
  );
});

function isSecret(key: string, secrets: readonly string[]): boolean {
  // The ID of a key is no secret, but is given together with one.
  return secrets.includes(key) || key === 'accessKeyId';
}

const SECRET = Buffer.alloc(32, 'secret').toString('base64');
