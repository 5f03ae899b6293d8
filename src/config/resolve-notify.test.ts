import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { DAY_MS, SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

async function load(yaml: string) {
  await using directory = await openTempDir();
  const path = directory.file('certctl.yaml');
  await writeFile(path, yaml);
  return await loadConfig({ path, environment: readEnvironment() });
}

async function faultsOf(yaml: string): Promise<string> {
  const failure = await load(yaml).catch((thrown: unknown) => thrown);
  if (!(failure instanceof AppError)) throw new Error('it loads');
  return JSON.stringify([failure.message, failure.context]);
}

describe('notify', () => {
  it('has a day for each event and tells of everything, unless it says otherwise', async () => {
    const { notify, events } = await load(`
notify:
  chat: { type: webhook, url: "https://hooks.example.com/x", secret: ${SECRET} }
  script: { type: command, command: [/bin/cat], events: [certificate.*], names: ["*.example.com"], retryFor: 1h }
`);
    expect(events.keepMs).toBe(90 * DAY_MS);
    expect(notify).toMatchObject([
      {
        subscription: { name: 'chat', retryForMs: DAY_MS },
        channel: { type: 'webhook', allowPrivate: false, timeoutMs: 10 * SECOND_MS },
      },
      {
        subscription: { events: ['certificate.*'], names: ['*.example.com'] },
        channel: { type: 'command', command: ['/bin/cat'] },
      },
    ]);
  });

  it.each([
    ['url: "http://hooks.example.com", secret: S', 'https URL'],
    ['url: "https://user:pw@hooks.example.com", secret: S', 'user name'],
    ['url: "ftp://hooks.example.com", secret: S, allowPrivate: true', 'https URL'],
    ['url: "https://hooks.example.com", secret: hunter2', 'random bytes'],
    ['url: "https://hooks.example.com"', 'secret'],
    ['url: "https://hooks.example.com", secret: S, events: [certificate.renewd.v1]', 'nearest'],
    ['url: "https://hooks.example.com", secret: S, names: ["a b"]', 'a b'],
    ['url: "https://hooks.example.com", secret: S, retryFor: 30d', 'from 1m to 7d'],
    ['url: "https://hooks.example.com", secret: S, redirects: 3', 'redirects'],
  ])('refuses a webhook with %s', async (fields, fault) => {
    const faults = await faultsOf(
      `notify: { chat: { type: webhook, ${fields.replace('secret: S', `secret: ${SECRET}`)} } }`,
    );
    expect(faults).toContain(fault);
    expect(faults).not.toContain('hunter2');
  });

  it('refuses programs without a path, and a log shorter than the deliveries', async () => {
    expect(await faultsOf('notify: { x: { type: command, command: [cat] } }')).toContain(
      'absolute path',
    );
    expect(await faultsOf('events: { keep: 1h }')).toContain('at least 2d');
  });

  it.each([
    ['heartbeat: "ftp://hc.example.com"', 'https or http URL'],
    ['heartbeat: "https://hc.example.com", every: 1s', 'at least 10s'],
    ['every: 5m', 'there is no heartbeat'],
    ['expiring: [30]', 'expiring'],
  ])('refuses a watch with %s', async (fields, fault) => {
    expect(await faultsOf(`watch: { ${fields} }`)).toContain(fault);
  });
});
