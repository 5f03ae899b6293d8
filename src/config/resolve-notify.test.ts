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

  it.each([
    ['chat', 'type: webhook, url: "https://a.example", secret: "${file:/does/not/exist}"'],
    ['chat', `type: webhook, url: "https://a.example", secret: ["\${NONE}", "${SECRET}"]`],
    ['mail', 'type: email, host: smtp.example.com, from: "${NONE}", to: a@example.com'],
  ])('says once that a value is not there: %s: { %s }', async (name, fields) => {
    const yaml = `notify: { ${name}: { ${fields} } }`;
    const failure = await load(yaml).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ context: { problems: [expect.anything()] } });
  });

  it('knows the usual ports of mail servers, and collects where it should', async () => {
    const { notify } = await load(`
notify:
  mail: { type: email, host: smtp.example.com, user: me, password: secret, from: me@example.com, to: [a@example.com, "B <b@example.com>"], digest: 5m }
  old: { type: email, host: 127.0.0.1, tls: none, user: me, password: secret, from: me@example.com, to: a@example.com }
  tls: { type: email, host: smtp.example.com, tls: implicit, from: me@example.com, to: a@example.com, timeout: 5s }
`);
    expect(notify).toMatchObject([
      {
        channel: {
          type: 'email',
          server: { host: 'smtp.example.com', port: 587, tls: 'starttls', login: { user: 'me' } },
          to: [{ address: 'a@example.com' }, { name: 'B', address: 'b@example.com' }],
          digestMs: 300 * SECOND_MS,
          timeoutMs: 60 * SECOND_MS,
        },
      },
      { channel: { server: { port: 25 } } },
      { channel: { server: { port: 465 }, timeoutMs: 5 * SECOND_MS, digestMs: undefined } },
    ]);
  });

  it.each([
    ['host: "smtp.example.com:587"', 'at the key port'],
    ['host: "*.example.com"', 'not the name or address of a server'],
    ['host: smtp.example.com, port: 0', 'from 1 to 65535'],
    ['host: smtp.example.com, tls: maybe', 'tls'],
    ['host: smtp.example.com, user: me', 'has no password'],
    ['host: smtp.example.com, password: hunter2', 'has no user'],
    ['host: smtp.example.com, tls: none, user: me, password: hunter2', 'in clear'],
    ['host: smtp.example.com, caBundle: missing.pem', 'missing.pem'],
    ['host: smtp.example.com, from: nobody', 'not an address of e-mail'],
    ['host: smtp.example.com, to: ["a@example.com", "b"]', 'notify.mail.to[1]'],
    ['host: smtp.example.com, to: "a@example.com\\nBcc: b@example.com"', 'not an address'],
    ['host: smtp.example.com, digest: 1s', 'from 10s to 1d'],
    ['host: smtp.example.com, url: x', 'url'],
  ])('refuses mail with %s', async (fields, fault) => {
    const usual = { from: 'from: me@example.com', to: 'to: a@example.com' };
    const missing = Object.entries(usual).flatMap(([key, text]) =>
      fields.includes(`${key}:`) ? [] : [text],
    );
    const text = [fields, ...missing].join(', ');
    const faults = await faultsOf(`notify: { mail: { type: email, ${text} } }`);
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
    ['selfCheck: yes please', 'must be true, false'],
    ['selfCheck: { address: "10.0.0.5" }', 'must be a host and a port'],
    ['selfCheck: { address: "10.0.0.5:70000" }', 'must be a host and a port'],
    ['selfCheck: { every: 1s }', 'at least 10s'],
  ])('refuses a watch with %s', async (fields, fault) => {
    expect(await faultsOf(`watch: { ${fields} }`)).toContain(fault);
  });
});
