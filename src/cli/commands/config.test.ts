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

  it('prints a schema that knows the keys', async () => {
    const { status, stdout } = await runCertctl(['config', 'schema']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      title: 'certctl.yaml',
      properties: { certificates: { type: 'array' } },
    });
  });
});
