import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readEnvironment } from '../src/config/environment.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { ROOT } from './support/source-files.ts';
import { openTempDir } from './support/temp-dir.ts';

const EXAMPLE = join(ROOT, 'deploy/compose');

describe('deploy/compose', () => {
  it('mounts a configuration that is valid, for a service that it has', async () => {
    const { services } = parse(await readFile(join(EXAMPLE, 'compose.yaml'), 'utf8')) as {
      services: Record<string, { volumes?: string[]; environment?: object }>;
    };
    expect(services['certctl']?.volumes).toContain('./certctl:/etc/certctl:ro');
    await using dir = await openTempDir();
    const path = dir.file('certctl.yaml');
    await copyFile(join(EXAMPLE, 'certctl/certctl.yaml'), path);
    const given = readEnvironment();
    const variables = { ...given.variables, CERTCTL_KEK: Buffer.alloc(32, 'k').toString('base64') };
    const config = await loadConfig({ path, environment: { ...given, variables, cwd: dir.path } });
    expect(config.keyring.source).toBe('env');
    expect(Object.keys(services['certctl']?.environment ?? {})).toEqual(['CERTCTL_KEK']);
    const hosts = JSON.stringify(config).match(/"host":"[^"]+"/g) ?? [];
    expect(hosts).toContain('"host":"app"');
    expect(services).toHaveProperty('app');
  });
});
