import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, after, systemClock } from '../core/clock.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { sampleCertificate } from '../store/sample-records.contract.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { sendHeartbeat } from './heartbeat.ts';

describe('the heartbeat', () => {
  it('is sent while all is looked after, and not when certificates are left alone', async () => {
    await using directory = await openTempDir();
    const store = await openSqliteStore({ path: directory.file('certctl.db') });
    const statuses = [200, 500];
    let beats = 0;
    const server = createServer((_request, response) => {
      response.writeHead(statuses[beats] ?? 200).end();
      beats += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const beat = () =>
      sendHeartbeat(
        { store, clock: systemClock },
        `http://127.0.0.1:${port}/secret`,
        AbortSignal.timeout(10_000),
      );
    await beat();
    expect(beats).toBe(1);
    const refused = await beat().catch((thrown: unknown) => String(thrown));
    expect(refused).toContain('answers 500');
    expect(refused).not.toContain('secret');
    const nextActionAt = after(systemClock.now(), -2 * HOUR_MS);
    await store.certificates.insert(sampleCertificate('one', undefined, { nextActionAt }));
    await expect(beat()).rejects.toMatchObject({ code: 'delivery/failed' });
    expect(beats).toBe(2);
    await store.close();
    server.close();
  });
});
