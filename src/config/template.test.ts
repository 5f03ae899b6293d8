import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parse } from 'yaml';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { readEnvironment } from './environment.ts';
import { fileSchema } from './file-schema.ts';
import { jsonSchema } from './json-schema.ts';
import { loadConfig } from './load-config.ts';
import { configTemplate } from './template.ts';

/** Every setting made active: explanations have exactly one space after their `#`. */
const UNCOMMENTED = configTemplate().replaceAll(/^( *)#(?! \S)/gm, '$1');

const WITHOUT_FILES = UNCOMMENTED.replaceAll(/^.*(?:caBundle|csr|clientSecret): .*$/gm, '');

async function load(yaml: string) {
  await using directory = await openTempDir();
  const path = directory.file('certctl.yaml');
  await writeFile(path, yaml);
  const environment = {
    ...readEnvironment(),
    variables: {
      CF_API_TOKEN: 'x',
      EAB_HMAC_KEY: 'eA',
      WEBHOOK_SECRET: `whsec_${'A'.repeat(32)}`,
      SMTP_PASSWORD: 'x',
      OTLP_AUTHORIZATION: 'Bearer x',
    },
  };
  return await loadConfig({ path, environment });
}

describe('the template', () => {
  it('loads as it is written', async () => {
    expect((await load(configTemplate())).certificates).toEqual([]);
  });

  it('names every section', () => {
    for (const key of Object.keys(fileSchema.shape)) {
      expect(configTemplate()).toMatch(new RegExp(`^#?${key}:`, 'm'));
    }
  });

  it('loads with every setting active, but for the files that are not there', async () => {
    const config = await load(WITHOUT_FILES);
    expect(config.certificates).toHaveLength(2);
    expect(config.endpoints).toHaveLength(5);
    expect(config.onDemand).toHaveLength(1);
    expect(Object.keys(config.dns)).toEqual(['main', 'script']);
  });

  it('states the defaults that are in force', async () => {
    const { dataDir, ...active } = await load(WITHOUT_FILES);
    const usual = await loadConfig({ path: undefined, environment: readEnvironment() });
    expect(dataDir).toBe('/var/lib/certctl');
    const { accessLog, ...terminator } = active.terminator;
    expect(terminator).toEqual(usual.terminator);
    expect(accessLog).toMatchObject({ sample: 1, query: false });
    expect(active.renewal).toEqual(usual.renewal);
    expect(active.log).toEqual(usual.log);
    expect(active.workers).toBe(usual.workers);
    expect(active.defaults).toEqual({ ...usual.defaults, dns: 'main' });
  });
});

describe('jsonSchema', () => {
  it('accepts what the template says, and refuses what nobody knows', () => {
    const schema = z.fromJSONSchema(jsonSchema());
    expect(schema.safeParse(parse(UNCOMMENTED))).toMatchObject({ success: true });
    for (const wrong of [
      { loog: {} },
      { log: { level: 'loud' } },
      { certificates: [{ name: 'x' }] },
    ]) {
      expect(schema.safeParse(wrong)).toMatchObject({ success: false });
    }
  });

  it('takes a reference to a variable wherever a text is checked further', () => {
    const schema = z.fromJSONSchema(jsonSchema());
    const file = { issuers: { a: { type: 'acme', email: '${MAIL}' } }, workers: '${WORKERS}' };
    expect(schema.safeParse(file)).toMatchObject({ success: true });
  });

  it('explains every section', () => {
    const { properties } = jsonSchema() as { properties: Record<string, object> };
    expect(Object.keys(properties)).toEqual(Object.keys(fileSchema.shape));
    for (const section of Object.values(properties)) {
      expect(section).toHaveProperty('description', expect.stringMatching(/\.$/));
    }
  });
});
