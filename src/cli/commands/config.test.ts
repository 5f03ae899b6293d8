import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runCertctl } from '../../../test/support/certctl.ts';
import { openTempDir } from '../../../test/support/temp-dir.ts';

describe('certctl config', () => {
  it('accepts what init writes, and counts what it finds', async () => {
    await using dir = await openTempDir();
    const path = dir.file('certctl.yaml');
    expect((await runCertctl(['init', '--config', path])).status).toBe(0);
    const checked = await runCertctl(['config', 'check', '--config', path, '--json']);
    expect(checked.status).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ file: path, valid: true, listeners: 2 });
  });

  it('names the place and the mend of what is wrong', async () => {
    await using dir = await openTempDir();
    const path = dir.file('certctl.yaml');
    await writeFile(path, 'certificates:\n  - name: [app.example.com]\n');
    const { status, stdout, stderr } = await runCertctl(['config', 'check', '--config', path]);
    expect(status).toBe(78);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${path}:2:5`);
    expect(stderr).toContain('"names"');
  });

  it('warns of what is valid and not wise, and counts what the file says', async () => {
    await using dir = await openTempDir();
    const path = dir.file('certctl.yaml');
    await writeFile(
      path,
      `listeners: [{ address: "127.0.0.1:8443" }]
endpoints:
  - { host: a.example.com, protocol: http, upstream: "http://127.0.0.1:1" }
  - { host: b.example.com, protocol: https, upstream: "http://127.0.0.1:1", tls: { minVersion: "1.1" } }
  - { protocol: tcp, listen: "127.0.0.1:8501", upstream: "tcp://127.0.0.1:1" }
`,
    );
    const checked = await runCertctl(['config', 'check', '--config', path, '--json']);
    expect(checked.status).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      endpoints: 3,
      listeners: 1,
      warnings: [{ subject: 'a.example.com' }, { subject: 'b.example.com' }],
    });
    expect(checked.stderr).toMatch(/a\.example\.com is served nowhere.*\n +mend: Add one/);
    expect(checked.stderr).toMatch(/b\.example\.com accepts TLS 1\.1/);
  });

  it('prints a schema that knows the keys', async () => {
    const { status, stdout } = await runCertctl(['config', 'schema']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      title: 'certctl.yaml',
      properties: { certificates: { type: 'array' } },
    });
  });
});
