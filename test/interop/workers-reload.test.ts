/**
 * What a reload changes in workers: their number and their listeners, without a connection cut.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { isRunning } from '../support/is-running.ts';
import { startServing, visit } from '../support/serving.ts';
import { connectTls, echo } from '../support/tls-client.ts';
import { startTcp } from '../support/upstreams.ts';

const SOON = { timeout: 30_000, interval: 50 };

describe('a reload', () => {
  it('changes the number of workers, and lets the surplus finish', async () => {
    await using serving = await startServing({ workers: 1 });
    const [first] = await serving.workers();
    const kept = await connectTls(serving.target);
    expect(await serving.reload({ workers: 3 })).toContain('applied');
    expect(await serving.workers()).toHaveLength(3);
    expect(await serving.workers()).toContain(first);
    await visit(serving.target);
    expect(await serving.reload({ workers: 1 })).toContain('applied');
    await expect.poll(async () => (await serving.workers()).length, SOON).toBe(1);
    await echo(kept, 'still there');
    kept.destroy();
    await visit(serving.target);
  });

  it('goes from one address to all of them, and back', async () => {
    await using serving = await startServing();
    const one = `127.0.0.1:${serving.port}`;
    const all = `0.0.0.0:${serving.port}`;
    const kept = await connectTls(serving.target);
    const elsewhere = { ...serving.target, address: '127.0.0.2' };
    await expect(connectTls(elsewhere)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await serving.reload({ listeners: [all] })).toContain('applied');
    await visit(elsewhere, 8);
    await visit(serving.target, 8);
    expect(await serving.reload({ listeners: [one] })).toContain('applied');
    await visit(serving.target, 8);
    const refused = () =>
      connectTls(elsewhere).then(
        (socket) => void socket.destroy(),
        (error: NodeJS.ErrnoException) => error.code,
      );
    await expect.poll(refused, SOON).toBe('ECONNREFUSED');
    await echo(kept, 'still there');
    kept.destroy();
  });

  it('is refused for an address in use, and what runs stays', async () => {
    await using taken = await startTcp();
    await using serving = await startServing({ workers: 1 });
    const before = await serving.workers();
    const port = await freePort();
    const listeners = [`127.0.0.1:${port}`, `127.0.0.1:${taken.port}`];
    const verdict = await serving.reload({ listeners, workers: 2 });
    expect(verdict).toContain(`listening on 127.0.0.1:${taken.port} failed`);
    expect(verdict).toContain('listener/in-use');
    await visit(serving.target, 4);
    expect(await serving.workers()).toEqual(before);
    const other = { ...serving.target, port };
    await expect(connectTls(other)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(before.map(isRunning)).toEqual([true]);
  });
});
