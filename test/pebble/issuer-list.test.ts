import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { IssueResult } from '../../src/lifecycle/issue.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import { freePorts } from '../support/free-port.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openRelay } from '../support/relay.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';

async function writeConfig(dir: TempDir, ca: Pebble, others: Record<string, object>, own = {}) {
  const path = await writeAcmeConfig(dir, ca, '', own);
  const lines = Object.entries(others).map(([name, issuer]) => {
    const { directoryUrl: directory, caBundle } = ca;
    const settings = { type: 'acme', directory, caBundle, acceptTerms: true, ...issuer };
    return `  ${name}: ${JSON.stringify(settings)}\n`;
  });
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('issuers:\n', `issuers:\n${lines.join('')}`));
  return path;
}

function issue(port: number, config: string, ...issuers: string[]): string[] {
  const by = issuers.flatMap((issuer) => ['--issuer', issuer]);
  const proof = ['--challenge', 'http-01', '--http01-port', String(port)];
  return ['issue', NAME, ...proof, ...by, '--config', config];
}

describe('a list of issuers', () => {
  it('reaches the next CA in one command, and stays content with its certificate', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const [nobody = 0] = await freePorts(1);
    const config = await writeConfig(dir, ca, {
      gone: { directory: `https://localhost:${nobody}/dir` },
      strange: { directory: ca.directoryUrl.replace('/dir', '/nothing') },
    });
    const command = issue(ca.httpPort, config, 'gone', 'strange', 'pebble');
    const first = await runCertctl([...command, '--json'], { timeoutMs: 60_000 });
    expect(first).toMatchObject({ status: 0 });
    expect(first.stderr).toContain('trying strange instead');
    expect(first.stderr).toContain('trying pebble instead');
    const result = JSON.parse(first.stdout) as IssueResult;
    expect(result).toMatchObject({
      outcome: 'issued',
      certificate: { current: { issuer: 'pebble' } },
    });
    const again = await runCertctl([...command, '--json'], { timeoutMs: 60_000 });
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'unchanged', reason: 'valid' });
    expect(await ca.orderCount()).toBe(1);

    const exported = await runCertctl(['export', NAME, '--config', config]);
    expect(exported).toMatchObject({ status: 0 });
    await verifyChain(exported.stdout, (await ca.roots()).join(''));
  });

  it('is not gone through for a challenge that fails', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const [wrongPort = 0] = await freePorts(1);
    const config = await writeConfig(dir, ca, { second: {} });
    const failed = await runCertctl(issue(wrongPort, config, 'pebble', 'second'), {
      timeoutMs: 60_000,
    });
    expect(failed).toMatchObject({ status: 69 });
    expect(failed.stderr).not.toContain('instead');
    expect(await ca.orderCount()).toBe(1);
  });
});

describe('an issuer with a staging directory', () => {
  it('sees no second order until one has succeeded at staging, even through a kill', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0, validationSleep: true });
    await using dir = await openTempDir();
    // The same CA under another address, where it knows us by another account.
    await using relay = await openRelay(Number(new URL(ca.directoryUrl).port));
    const staging = `https://localhost:${relay.port}/dir`;
    const config = await writeConfig(dir, ca, {}, { staging });
    const [wrongPort = 0] = await freePorts(1);
    const options = { timeoutMs: 60_000 };

    const failed = await runCertctl(issue(wrongPort, config), options);
    expect(failed).toMatchObject({ status: 69 });
    expect(failed.stderr).not.toContain('staging');
    expect(await ca.orderCount()).toBe(1);

    const rehearsed = await runCertctl(issue(wrongPort, config), options);
    expect(rehearsed).toMatchObject({ status: 69 });
    expect(rehearsed.stderr).toContain('rehearsing at staging first');
    expect(await ca.orderCount()).toBe(2);

    // An answer in DNS is there when the CA looks, also between the kill and the next command.
    const byDns = ['issue', NAME, '--challenge', 'dns-01', '--dns', 'hook', '--config', config];
    await using killed = await startCertctl(byDns);
    await killed.waitForLine(/answer for app\.example\.com is in place/);
    killed.kill('SIGKILL');
    await killed.exited;
    expect(await ca.orderCount()).toBe(3);

    const issued = await runCertctl(byDns, options);
    expect(issued).toMatchObject({ status: 0 });
    expect(issued.stderr).toContain('going on with the order');
    // One order more, and that one is the certificate.
    expect(await ca.orderCount()).toBe(4);
    const store = await openSqliteStore({ path: dir.file('data/certctl.db') });
    const [entry] = await store.certificates.list({ limit: 1 });
    expect(await store.issuances.ofCertificate(entry?.certificate.id ?? '')).toHaveLength(1);
    const accounts = await store.accounts.list();
    expect(accounts.map(({ directoryUrl }) => directoryUrl).toSorted()).toEqual(
      [ca.directoryUrl, staging].toSorted(),
    );
    await store.close();
  });
});
