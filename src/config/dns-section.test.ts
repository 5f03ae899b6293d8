import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

const CREDENTIAL = 'dns:\n  main: { provider: exec, program: /bin/true }\n';

describe('the section dns', () => {
  it('knows where challenge records of others go, and that credential is the usual one', async () => {
    const config = await load(`${CREDENTIAL}  other: { provider: exec, program: /bin/true }
  delegation: { zone: Validate.Example.net, credential: other }
certificates: [{ names: [app.customer.example], challenge: dns-01 }]
`);
    expect(config.delegation).toEqual({ zone: 'validate.example.net', credential: 'other' });
    expect(Object.keys(config.dns)).toEqual(['main', 'other']);
    expect(config.certificates[0]?.dns).toBe('other');
  });

  it.each([
    [
      `${CREDENTIAL}  delegation: { zone: validate.example.net, credential: mian }`,
      /^3:57 dns\.delegation\.credential: there is no DNS credential "mian"; the nearest is "main"$/,
    ],
    [
      `${CREDENTIAL}  delegation: { zone: "x y", credential: main }`,
      /^3:23 dns\.delegation\.zone: /,
    ],
    [`${CREDENTIAL}  delegation: { zone: a.example }`, /^3:15 dns\.delegation\.credential: /],
    [
      'dns: { "a b": { provider: exec, program: /x } }',
      /^1:8 dns\["a b"\]: must be a name of letters/,
    ],
    [
      'dns: { a: { provider: exec, program: /x, propagation: { recursors: [dns.example] } } }',
      /recursors.*: must be an IP address, with a port/,
    ],
  ])('refuses %s', async (yaml, expected) => {
    const refused: unknown = await load(yaml).catch((thrown: unknown) => thrown);
    if (!(refused instanceof AppError)) throw new Error('accepted', { cause: refused });
    const problems = (refused.context['problems'] as Problem[]).map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    );
    expect(problems).toEqual([expect.stringMatching(expected)]);
  });
});

async function load(yaml: string): Promise<Config> {
  await using directory = await openTempDir();
  const path = directory.file('certctl.yaml');
  await writeFile(path, yaml);
  return await loadConfig({ path, environment: readEnvironment() });
}
