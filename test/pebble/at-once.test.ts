/**
 * Several commands at the same time, and a port that something else uses.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import { Pebble } from '../support/pebble.ts';
import { expectRefusal, tracesIn } from '../support/refusal.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';

function issueBy(config: string, port: number, name = NAME): string[] {
  const by = ['--challenge', 'http-01', '--http01-port', String(port)];
  return ['issue', name, ...by, '--config', config];
}

describe.concurrent('the port of http-01', () => {
  it('that is in use is named, and the order waits until another one is given', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const other = createServer().listen(0);
    await once(other, 'listening');
    const { port: taken } = other.address() as { port: number };
    await expectRefusal(issueBy(config, taken), {
      status: 75,
      message: `cannot listen on port ${taken} for http-01 challenges`,
      mend: '--http01-port',
    });
    const before = await tracesIn(dir.file('data'));
    expect(before).toMatchObject({
      files: ['certctl.db', 'keyring.json'],
      certificates: [{ failure: { count: 1, lastError: { code: 'listener/in-use' } } }],
      unfinished: [{ url: expect.stringMatching(/^https:/), answers: [] }],
    });

    const second = await runCertctl(issueBy(config, ca.httpPort));
    expect(second).toMatchObject({ status: 0 });
    expect(second.stderr).toContain('going on with the order');
    expect(await ca.orderCount()).toBe(1);
    other.close();
  });

  it('serves one command at a time: the other one says so, and has its turn later', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    await using first = await startCertctl(issueBy(config, ca.httpPort, 'a.example.com'));
    await first.waitForLine(/answer for a\.example\.com is in place/);
    first.kill('SIGSTOP');
    await expectRefusal(issueBy(config, ca.httpPort, 'b.example.com'), {
      status: 75,
      message: `cannot listen on port ${ca.httpPort}`,
      mend: '--http01-port',
    });
    first.kill('SIGCONT');
    expect(await first.exited).toMatchObject({ status: 0 });

    const again = await runCertctl(issueBy(config, ca.httpPort, 'b.example.com'));
    expect(again).toMatchObject({ status: 0 });
    expect(await ca.orderCount()).toBe(2);
    expect(await tracesIn(dir.file('data'))).toMatchObject({ unfinished: [] });
  });
});

describe.concurrent('two commands for one name at once', () => {
  it('make one order: the second waits, and finds nothing to do', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const args = [...issueBy(config, ca.httpPort), '--json'];
    const results = await Promise.all([runCertctl(args), runCertctl(args)]);
    const outcomes = results.map(({ status, stdout }) => ({
      status,
      ...(JSON.parse(stdout) as { outcome: string; certificate: { current: object } }),
    }));
    expect(outcomes.map(({ status, outcome }) => `${status} ${outcome}`).toSorted()).toEqual([
      '0 issued',
      '0 unchanged',
    ]);
    expect(outcomes[0]?.certificate.current).toEqual(outcomes[1]?.certificate.current);
    expect(await ca.orderCount()).toBe(1);
    const { certificates, unfinished } = await tracesIn(dir.file('data'));
    expect(certificates).toHaveLength(1);
    expect(unfinished).toEqual([]);
  });

  it('let the waiting one be left by Ctrl-C, and the working one go on', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    await using working = await startCertctl(issueBy(config, ca.httpPort));
    await working.waitForLine(/order created/);
    working.kill('SIGSTOP');
    await using waiting = await startCertctl(issueBy(config, ca.httpPort));
    await waiting.waitForLine(/another process works on this/);
    waiting.kill('SIGINT');
    expect(await waiting.exited).toMatchObject({ status: 130, stdout: '' });
    working.kill('SIGCONT');
    expect(await working.exited).toMatchObject({ status: 0 });
    expect(await ca.orderCount()).toBe(1);
  });
});
