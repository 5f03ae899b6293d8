import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startDaemon } from '../support/daemon.ts';

import { freePort } from '../support/free-port.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { startTcp } from '../support/upstreams.ts';
import { type TlsTarget, connectTls, echo, wireSerial } from '../support/tls-client.ts';

const CLIENTS = 50;
const RENEWALS = 10;
const SWAP_LIMIT_MS = 1_000;

interface Renewed {
  readonly certificate: {
    readonly current: { readonly serial: string; readonly issuedAt: string };
  };
}

describe('renewal under load', () => {
  it('fails no handshake, cuts no connection, and is on the wire within a second', async () => {
    await using dir = await openTempDir();
    await using upstream = await startTcp();
    const port = await freePort();
    const config = dir.file('certctl.yaml');
    await writeFile(
      config,
      `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
listeners: [{ address: "127.0.0.1:${port}" }]
endpoints:
  - host: app.example.com
    protocol: tls
    terminateTls: {}
    upstream: "tcp://127.0.0.1:${upstream.port}"
workers: 2
`,
    );
    await using daemon = await startDaemon(config);
    const { rootPem } = await daemon.json<{ rootPem: string }>('ca', 'export');
    const target: TlsTarget = { port, host: 'app.example.com', roots: rootPem };
    await expect.poll(async () => (await daemon.run('list')).stdout).toContain('valid');

    const stopping = new AbortController();
    let handshakes = 0;
    const failures: unknown[] = [];
    const clients = Array.from({ length: CLIENTS }, async (_, index) => {
      const kept = await connectTls(target);
      kept
        .on('error', (error) => failures.push(error))
        .on('close', () => {
          if (!stopping.signal.aborted) failures.push(new Error(`connection ${index} was cut`));
        });
      while (!stopping.signal.aborted) {
        try {
          const fresh = await connectTls(target);
          await echo(fresh, `fresh ${index}`);
          fresh.destroy();
          await echo(kept, `kept ${index}`);
          handshakes += 1;
        } catch (error) {
          failures.push(error);
        }
      }
      kept.destroy();
    });

    const swapsMs: number[] = [];
    for (let renewal = 0; renewal < RENEWALS; renewal += 1) {
      const [renewed] = await daemon.json<[Renewed]>('renew', 'app.example.com');
      const { serial, issuedAt } = renewed.certificate.current;
      while ((await wireSerial(target)).toLowerCase() !== serial) await sleep(5);
      swapsMs.push(Date.now() - new Date(issuedAt).getTime());
    }
    stopping.abort();
    await Promise.all(clients);

    expect(failures).toEqual([]);
    expect(handshakes).toBeGreaterThan(CLIENTS);
    expect(Math.max(...swapsMs)).toBeLessThan(SWAP_LIMIT_MS);
  });
});
