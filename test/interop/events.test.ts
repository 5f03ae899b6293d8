/**
 * What a running daemon tells of itself and of its clients.
 *
 * @module
 */
import { request } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { EventView } from '../../src/observe/events/event.ts';
import { APP, startServing } from '../support/serving.ts';
import { startCertctl } from '../support/certctl.ts';
import { openMailServer } from '../support/mail-server.ts';
import { freePort } from '../support/free-port.ts';

const SOON = { timeout: 30_000, interval: 200 };

describe('a daemon', () => {
  it('tells of its start and end, and what became of its configuration', async () => {
    await using serving = await startServing({ workers: 1 });
    await serving.reload({ workers: 2 });
    await serving.reload({ more: 'nonsense: true' });
    const { program } = serving.daemon;
    await expect.poll(() => program.output, SOON).toContain('configuration refused');
    await serving.write({ workers: 2 });
    serving.daemon.program.kill('SIGTERM');
    await serving.daemon.program.exited;
    await using again = await serving.startAgain();
    const told = async (): Promise<EventView[]> => {
      const types = ['--type', 'daemon.*', 'configuration.*'];
      return (await again.json<EventView[]>('events', 'list', ...types)).toReversed();
    };
    // A saved file is applied by itself, too: perhaps once more than by the signal.
    const story = async () => (await told()).map(({ type }) => type.replace('.v1', '')).join(' ');
    await expect
      .poll(story, SOON)
      .toMatch(
        /^daemon.started( configuration.applied)+( configuration.refused)+( configuration.applied)* daemon.stopped daemon.started$/,
      );
    const dataOf = async (type: string) =>
      (await told()).find((event) => event.type === type)?.data;
    expect(await dataOf('configuration.applied.v1')).toEqual({ file: serving.config });
    expect(await dataOf('configuration.refused.v1')).toMatchObject({
      file: serving.config,
      error: { code: 'config/invalid', message: expect.stringContaining('nonsense') },
    });
    expect(await dataOf('daemon.stopped.v1')).toMatchObject({ isHandedOver: false });
  });

  it('tells of names that clients ask for and no endpoint serves, by TLS and without', async () => {
    const port = await freePort();
    await using serving = await startServing({ workers: 2 });
    await serving.reload({
      listeners: [`127.0.0.1:${serving.port}`, `127.0.0.1:${port}", protocol: "http`],
    });
    for (let count = 0; count < 6; count += 1) {
      const socket = connect({
        host: '127.0.0.1',
        port: serving.port,
        servername: 'moved.example.com',
      });
      await once(socket, 'error');
    }
    const asked = request({ port, host: '127.0.0.1', headers: { host: 'plain.example.com' } });
    asked.end();
    await once(asked, 'response');
    asked.destroy();
    const told = () => serving.daemon.json<EventView[]>('events', 'list', '--type', 'endpoint.*');
    const names = async () => (await told()).flatMap((event) => event.names).toSorted();
    await expect.poll(names, SOON).toEqual(['moved.example.com', 'plain.example.com']);
    // The workers tell one after the other: the first may have had a part of them only.
    for (const { data } of await told()) {
      expect(data['requests']).toBeGreaterThanOrEqual(1);
      expect(data['requests']).toBeLessThanOrEqual(6);
    }
  });
});

describe('certctl events', () => {
  it('tries a subscription by mail, and says what is wrong with others', async () => {
    await using mail = await openMailServer({ offersStartTls: false });
    const to = 'from: certctl@example.com, to: ops@example.com';
    await using serving = await startServing({
      workers: 1,
      more: `notify:
  mail: { type: email, host: localhost, port: ${mail.port}, tls: none, ${to}, digest: 1h }
  secure: { type: email, host: localhost, port: ${mail.port}, ${to} }`,
    });
    const { daemon } = serving;
    const tested = await daemon.json<{ event: EventView }>('events', 'test', 'mail');
    expect(mail.received.map(({ message }) => message).join()).toContain(tested.event.id);
    const insecure = await daemon.run('events', 'test', 'secure');
    expect([insecure.status, insecure.stderr]).toEqual([
      69,
      expect.stringContaining(`cannot send mail by localhost:${mail.port}`),
    ]);
    const unknown = await daemon.run('events', 'test', 'nobody');
    expect([unknown.status, unknown.stderr]).toEqual([
      78,
      expect.stringContaining('there is no subscription nobody'),
    ]);
  });

  it('follows what happens until it is interrupted', async () => {
    await using serving = await startServing({ workers: 1 });
    const { daemon, config } = serving;
    const args = ['events', 'follow', APP, '--type', 'certificate.*', '--config', config];
    await using follow = await startCertctl(args);
    const renewed = async () => {
      await daemon.run('renew', APP);
      return follow.output;
    };
    await expect.poll(renewed, { timeout: 60_000 }).toContain(`certificate.renewed.v1  ${APP}`);
    follow.kill('SIGINT');
    expect((await follow.exited).status).toBe(0);
    expect(follow.output).not.toContain('certificate.issued.v1');
  });
});
