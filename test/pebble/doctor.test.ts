/**
 * `certctl doctor`, in front of a real CA and its DNS.
 *
 * @module
 */
import { chmod, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/lifecycle/preflight/finding.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { openTestControl } from '../support/control.ts';
import { startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const { signal } = new AbortController();

function verdicts(findings: readonly Finding[], check: string): string[] {
  return findings.filter((finding) => finding.check === check).map(({ verdict }) => verdict);
}

describe('the doctor', () => {
  it.each(['http-01', 'tls-alpn-01'] as const)('plays the CA by %s', async (type) => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.path, ca);
    const { operations } = test.control;
    const diagnose = () =>
      operations.diagnose({ names: ['app.example.com'] }, () => undefined, signal);
    await test.issue(['app.example.com'], { challenges: [type] });

    const sound = await diagnose();
    expect(sound.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(verdicts(sound, 'port')).toEqual(['ok']);
    expect(verdicts(sound, 'caa')).toEqual(['ok']);
    expect(await ca.orderCount()).toBe(1);

    const caa = [{ tag: 'issue', value: 'other.example' }];
    await ca.dns.setCaa('app.example.com', caa);
    await ca.dns.setAddresses('app.example.com', ['240.0.0.1']);
    const moved = await diagnose();
    expect(verdicts(moved, 'caa')).toEqual(['failure']);
    expect(verdicts(moved, 'port')).toEqual(['warning']);

    await ca.dns.setServfail('app.example.com');
    const silent = await diagnose();
    expect(verdicts(silent, 'points-here')).toEqual(['failure']);
    expect(verdicts(silent, 'caa')).toEqual(['failure']);
  });

  it('exits by the worst that it finds, with and without a daemon', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const port = await freePort();
    const config = await writeAcmeConfig(
      dir,
      ca,
      `listeners: [{ address: "127.0.0.1:${port}", protocol: http }]
workers: 1
certificates: [{ names: ["*.example.com"], challenge: dns-01, dns: hook }]
`,
    );
    const doctor = (...names: string[]) =>
      runCertctl(['doctor', ...names, '--json', '--config', config]);
    const found = (stdout: string) => JSON.parse(stdout) as Finding[];

    const none = await doctor();
    expect(none).toMatchObject({ status: 0 });
    expect(verdicts(found(none.stdout), 'daemon')).toEqual(['warning']);

    const wildcard = await doctor('*.example.com');
    expect(verdicts(found(wildcard.stdout), 'request')).toEqual(['ok']);
    await ca.dns.setCaa('example.com', [{ tag: 'issuewild', value: ';' }]);
    expect(await doctor('*.example.com')).toMatchObject({ status: 65 });

    await using daemon = await startDaemon(config);
    const beside = await daemon.run('doctor', '*.example.com', '--json');
    expect(beside).toMatchObject({ status: 65 });
    expect(verdicts(found(beside.stdout), 'daemon')).toEqual(['ok']);
    const text = await daemon.run('doctor', '*.example.com');
    expect(text.stdout).toMatch(/failure +caa +\*\.example\.com +the CAA records of example\.com/);
  });

  it('tells of a machine on which nothing opens', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    const doctor = () => runCertctl(['doctor', '--json', '--data-dir', data]);
    await runCertctl(['issue', 'a.example.com', '--issuer', 'internal', '--data-dir', data]);
    expect(await doctor()).toMatchObject({ status: 0 });

    await rm(`${data}/keyring.json`);
    const keyless = await doctor();
    expect(keyless).toMatchObject({ status: 78 });
    expect(verdicts(JSON.parse(keyless.stdout) as Finding[], 'keyring')).toEqual(['failure']);

    await rm(`${data}/certctl.db-wal`, { force: true });
    await writeFile(`${data}/certctl.db`, 'not a database at all, '.repeat(400));
    await chmod(data, 0o777);
    const broken = await doctor();
    expect(broken).toMatchObject({ status: 78 });
    const findings = JSON.parse(broken.stdout) as Finding[];
    expect(verdicts(findings, 'database')).toEqual(['failure']);
    expect(verdicts(findings, 'data-directory')).toContain('failure');
  });
});
