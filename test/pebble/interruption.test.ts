import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';

describe('an interrupted issue', () => {
  it.each([
    ['SIGKILL', 'order created', null],
    ['SIGKILL', 'answer for app.example.com is in place', null],
    ['SIGKILL', 'asking the CA to sign', null],
    ['SIGINT', 'answer for app.example.com is in place', 130],
  ] as const)(
    'by %s after "%s" goes on with the same order and key',
    async (signal, line, status) => {
      await using ca = await Pebble.start({ validationSleep: true, reuseAuthorizations: 0 });
      await using dir = await openTempDir();
      const config = await writeAcmeConfig(dir, ca);
      // An answer in DNS outlives who is killed; one over HTTP is missed when the CA looks just then.
      const proof =
        signal === 'SIGKILL'
          ? ['--challenge', 'dns-01', '--dns', 'hook']
          : ['--challenge', 'http-01', '--http01-port', String(ca.httpPort)];
      const command = ['issue', NAME, ...proof, '--config', config];
      await using first = await startCertctl(command);
      await first.waitForLine(new RegExp(line));
      first.kill(signal);
      expect(await first.exited).toMatchObject({ status });

      const path = dir.file('data/certctl.db');
      const before = await openSqliteStore({ path });
      const [order] = await before.orders.unfinished();
      await before.close();
      expect(order?.url).toMatch(/^https:/);

      const second = await runCertctl(command, { timeoutMs: 60_000 });
      expect(second.stderr).toContain(`going on with the order ${order?.url}`);
      expect(second).toMatchObject({ status: 0 });
      expect(await ca.orderCount()).toBe(1);

      const after = await openSqliteStore({ path });
      const issuances = await after.issuances.ofCertificate(order?.certificateId ?? '');
      expect(issuances.map(({ keySecretId }) => keySecretId)).toEqual([order?.keySecretId]);
      expect(await after.orders.unfinished()).toEqual([]);
      await after.close();
    },
  );
});
