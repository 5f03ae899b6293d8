/**
 * Traces of connections and orders, as a collector gets them.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startServing, visit } from '../support/serving.ts';
import { type CollectedSpan, openSpanCollector, tracingKeys } from '../support/span-collector.ts';
import { openTempDir } from '../support/temp-dir.ts';

const SOON = { timeout: 20_000, interval: 100 };

describe('tracing', () => {
  it('has the steps of a connection and of an order, and their ids in the log', async () => {
    await using dir = await openTempDir();
    await using collector = await openSpanCollector();
    await writeFile(dir.file('ca.pem'), collector.server.root);
    const more = `${tracingKeys(collector, dir.file('ca.pem'))}
accessLog: { stdout: true }
targets:
  web: { type: files, certificate: "/nonexistent/web.pem", key: "/nonexistent/web.key" }
certificates:
  - { names: [web.example.com], issuer: internal, targets: web }`;
    await using serving = await startServing({ more });
    await visit(serving.target, 2);

    const named = (name: string): CollectedSpan[] =>
      collector.spans().filter((span) => span.name === name);
    const served = () => named('connection').find(({ error }) => error === undefined);
    await expect
      .poll(() => served()?.attributes, SOON)
      .toMatchObject({
        'tls.client.server_name': 'app.example.com',
        'certctl.endpoint': 'app.example.com',
      });
    const connection = served();
    expect(collector.paths(connection?.traceId ?? '').toSorted()).toEqual([
      'connection',
      'connection/handshake',
      'connection/lookup',
      'connection/peek',
      'connection/relay',
      'connection/upstream.connect',
    ]);
    expect(connection?.ms).toBeGreaterThan(0);
    const line = serving.daemon.program.output
      .split('\n')
      .find((each) => each.includes('"connection"') && each.includes(connection?.traceId ?? '-'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ endpoint: 'app.example.com' });

    await expect.poll(() => named('deployment').length, SOON).toBeGreaterThan(0);
    const [deployment] = named('deployment');
    expect(deployment?.error).toContain('/nonexistent');
    // What follows from an order is in its trace.
    expect(collector.paths(deployment?.traceId ?? '').toSorted()).toEqual([
      'order',
      'order/deployment',
      'order/store',
    ]);
    const order = named('order').find(({ traceId }) => traceId === deployment?.traceId);
    expect(order?.attributes).toMatchObject({ 'certctl.names': 'web.example.com' });
    const stored = serving.daemon.program.output
      .split('\n')
      .find((each) => each.includes('certificate for web.example.com stored'));
    expect(JSON.parse(stored ?? '{}')).toMatchObject({
      traceId: order?.traceId,
      orderId: order?.attributes['certctl.order.id'],
    });
  }, 60_000);

  it('holds up nobody while the collector hangs, and goes on when it is back', async () => {
    await using dir = await openTempDir();
    let isDown = true;
    await using collector = await openSpanCollector(() => isDown);
    await writeFile(dir.file('ca.pem'), collector.server.root);
    await using serving = await startServing({ more: tracingKeys(collector, dir.file('ca.pem')) });
    const startedAt = performance.now();
    await visit(serving.target, 200);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await serving.daemon.program.waitForLine(/"traces are lost/, 30_000);
    isDown = false;
    await visit(serving.target, 1);
    await serving.daemon.program.waitForLine(/"traces are taken again"/, 30_000);
    isDown = true;
    await visit(serving.target, 1);
    const stoppedAt = performance.now();
    serving.daemon.program.kill('SIGTERM');
    await serving.daemon.program.exited;
    expect(performance.now() - stoppedAt).toBeLessThan(8_000);
  }, 120_000);
});
