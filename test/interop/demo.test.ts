import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { runProgram } from '../support/program.ts';

const DEMO = fileURLToPath(new URL('../../examples/demo/demo.ts', import.meta.url));

describe('npm run demo -- --once', () => {
  it('issues, serves, renews and checks itself', async () => {
    const ports = ['--port', `${await freePort()}`, '--dashboard-port', `${await freePort()}`];
    const demo = await runProgram(process.execPath, [DEMO, '--once', ...ports], {
      timeoutMs: 60_000,
    });
    expect(demo).toMatchObject({ status: 0 });
    expect(demo.stdout).toContain('hello from the http upstream, you came by https');
    expect(demo.stdout).toContain('hello from the tcp upstream');
    expect(demo.stdout).toContain('still answers');
    expect(demo.stdout).toContain('dashboard: a page called certctl');
  });
});
