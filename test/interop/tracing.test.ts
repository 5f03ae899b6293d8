/**
 * Traces of connections and orders, as a collector gets them.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runCertctl } from '../support/certctl.ts';
import { startServing, visit } from '../support/serving.ts';
import { type CollectedSpan, openSpanCollector, tracingKeys } from '../support/span-collector.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { curl, startTerminator, WEB } from '../support/terminator.ts';
import { startHttp } from '../support/upstreams.ts';

const OF_CLIENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
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

  it.each([
    ['HTTP/1.1', ['--http1.1']],
    ['HTTP/2', ['--http2']],
    ['an upgrade', ['--http1.1', '-H', 'Connection: Upgrade', '-H', 'Upgrade: chat']],
  ])('is gone on with by upstreams, which are told the request: %s', async (_how, version) => {
    await using upstream = await startHttp((request, response) => {
      response.end(request.headers['traceparent']);
    });
    const credential = await createOpensslCredential(['a.example.com']);
    const options = { protocol: 'https', terminate: WEB, credentials: [credential] } as const;
    for (const tracedPart of [1, 0]) {
      await using running = await startTerminator({ tracedPart });
      running.serve('a.example.com', upstream.port, options);
      const args = [...version, '-H', `traceparent: ${OF_CLIENT}`];
      const told = await curl(running.tlsPort, 'https://a.example.com/', args);
      await running.terminator.stop(2_000);
      const spans = running.terminator.takeSpans();
      const request = spans.find(({ name }) => name === 'request');
      const connection = spans.find(({ name }) => name === 'connection');
      expect(request?.parentSpanId).toBe(connection?.spanId);
      expect(told.stdout).toBe(
        request === undefined ? OF_CLIENT : `00-${request.traceId}-${request.spanId}-01`,
      );
      expect(spans.length > 0).toBe(tracedPart === 1);
    }
  });

  it('has the order of a command without a daemon, and ends soon while the collector hangs', async () => {
    await using dir = await openTempDir();
    let isDown = false;
    await using collector = await openSpanCollector(() => isDown);
    await writeFile(dir.file('ca.pem'), collector.server.root);
    await writeFile(
      dir.file('certctl.yaml'),
      `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
${tracingKeys(collector, dir.file('ca.pem'))}`,
    );
    const run = (...args: string[]) => runCertctl([...args, '--config', dir.file('certctl.yaml')]);
    expect(await run('issue', 'app.example.com')).toMatchObject({ status: 0 });
    const [order] = collector.spans().filter(({ name }) => name === 'order');
    expect(order?.attributes).toMatchObject({ 'certctl.names': 'app.example.com' });
    expect(collector.paths(order?.traceId ?? '').toSorted()).toEqual(['order', 'order/store']);

    const asked = collector.server.requests.length;
    expect(await run('list')).toMatchObject({ status: 0, stderr: '' });
    expect(collector.server.requests).toHaveLength(asked);
    isDown = true;
    const startedAt = performance.now();
    const renewed = await run('renew', 'app.example.com');
    expect(renewed).toMatchObject({ status: 0 });
    expect(renewed.stderr).toContain('traces are lost');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
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
