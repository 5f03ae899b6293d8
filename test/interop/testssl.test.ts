/**
 * What testssl.sh finds at an endpoint with the `intermediate` preset.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ADDRESS } from '../hostile/attack.ts';
import { startSite } from '../hostile/site.ts';
import { findDebianProgram } from '../support/debian-program.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';

/** Findings above LOW that are not about the terminator, each with its reason. */
const EXPECTED: Readonly<Record<string, string>> = {
  cert_chain_of_trust: 'the root is that of our own authority, which no bundle knows',
  cert_revocation: 'our own authority publishes neither CRL nor OCSP',
  cert_expirationStatus: 'our own authority issues for a week',
  cert_notAfter: 'the same',
  overall_grade: 'the grade of a chain that no bundle knows is T',
};

const findings = z.array(
  z.looseObject({ id: z.string(), severity: z.string(), finding: z.string() }),
);

const HARMLESS = new Set(['OK', 'INFO', 'LOW', 'WARN', 'DEBUG']);

/** Alone it takes half a minute. */
const LONGEST_MS = 240_000;

it(
  'has no finding above LOW',
  async ({ skip }) => {
    const testssl = await findDebianProgram('testssl.sh', { program: 'testssl' });
    if (typeof testssl === 'string') {
      skip(testssl);
      return;
    }
    await using dir = await openTempDir();
    await using site = await startSite();
    const json = dir.file('findings.json');
    const { tlsPort, webName } = site.target;
    const root = join(dirname(testssl.file), '../..');
    const { stdout } = await runProgram(
      testssl.file,
      [
        '--quiet',
        '--warnings',
        'off',
        '--color',
        '0',
        '--nodns',
        'min',
        '--ip',
        ADDRESS,
        // Protocols, ciphers, forward secrecy, preferences, certificate, fields, vulnerabilities.
        '-p',
        '-s',
        '-f',
        '-P',
        '-S',
        '-h',
        '-U',
        '--fast',
        '--jsonfile',
        json,
        `${webName}:${tlsPort}`,
      ],
      {
        env: {
          ...process.env,
          ...testssl.options.env,
          // It wants a program that asks DNS, although it has nothing to ask.
          PATH: `${process.env['PATH'] ?? ''}${delimiter}${join(root, 'usr/bin')}`,
          TESTSSL_INSTALL_DIR: join(root, 'etc/testssl'),
        },
        timeoutMs: LONGEST_MS,
      },
    );
    const found = findings.parse(JSON.parse(await readFile(json, 'utf8')));
    const bad = found.filter(({ id, severity }) => !HARMLESS.has(severity) && !(id in EXPECTED));
    expect(bad, stdout).toEqual([]);
    // It has looked, and at the right thing.
    const said = Object.fromEntries(found.map(({ id, finding }) => [id, finding]));
    expect(said).toMatchObject({ TLS1: 'not offered', TLS1_1: 'not offered' });
    expect(said['TLS1_2']).toMatch(/^offered/);
    expect(said['TLS1_3']).toMatch(/^offered/);
    expect(found.length).toBeGreaterThan(60);
  },
  2 * LONGEST_MS,
);
