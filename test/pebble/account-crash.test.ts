import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AccountView } from '../../src/api/operations.ts';
import type { AccountRecord } from '../../src/store/records.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import { Pebble } from '../support/pebble.ts';
import type { ProgramResult } from '../support/program.ts';
import { type Relay, openRelay } from '../support/relay.ts';
import { openTempDir } from '../support/temp-dir.ts';

const ROLLOVER = '/rollover-account-key';
const ACCOUNT = '/my-account/';

interface Subject extends AsyncDisposable {
  readonly ca: Pebble;
  readonly relay: Relay;
  /** The account as it was registered. */
  readonly before: AccountView;
  run(...args: string[]): Promise<ProgramResult>;
  view(...args: string[]): Promise<AccountView>;
  /** Runs a command that is killed once `until` resolves. */
  kill(
    args: string[],
    until: (line: (pattern: RegExp) => Promise<string>) => Promise<unknown>,
  ): Promise<void>;
  record(): Promise<AccountRecord | undefined>;
}

async function openSubject(): Promise<Subject> {
  await using resources = new AsyncDisposableStack();
  const ca = resources.use(await Pebble.start({ rejectNonces: 0 }));
  const dir = resources.use(await openTempDir());
  const relay = resources.use(await openRelay(Number(new URL(ca.directoryUrl).port)));
  const directory = `https://localhost:${relay.port}/dir`;
  const config = await writeAcmeConfig(dir, ca, '', { directory });
  const run = (...args: string[]) => runCertctl([...args, '--config', config]);
  const view = async (...args: string[]): Promise<AccountView> => {
    const { status, stdout, stderr } = await run('account', ...args, '--json');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    return JSON.parse(stdout) as AccountView;
  };
  const before = await view('register');
  const held = resources.move();
  return {
    ca,
    relay,
    before,
    run,
    view,
    async kill(args, until) {
      await using program = await startCertctl([...args, '--config', config]);
      await until((pattern) => program.waitForLine(pattern));
      program.kill('SIGKILL');
      expect(await program.exited).toMatchObject({ status: null, signal: 'SIGKILL' });
    },
    async record() {
      const store = await openSqliteStore({ path: dir.file('data/certctl.db') });
      const [record] = await store.accounts.list();
      await store.close();
      return record;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The CA has the request, and whoever sent it will not hear the answer. */
async function untilTaken({ ca, relay }: Subject, path: string): Promise<void> {
  const before = (await ca.requests(path)).length;
  while ((await ca.requests(path)).length === before) await wait(5);
  relay.hold('answers');
}

/** A command that needs the account and changes nothing about it. */
function issue({ ca }: Subject): string[] {
  return [
    'issue',
    'app.example.com',
    '--challenge',
    'http-01',
    '--http01-port',
    String(ca.httpPort),
  ];
}

describe('a rollover that is killed', () => {
  it('before the CA hears of it goes on with the same new key', async () => {
    await using subject = await openSubject();
    subject.relay.hold('requests');
    await subject.kill(['account', 'rollover'], (line) => line(/the new account key is on disk/));
    subject.relay.hold(false);
    const left = await subject.record();
    expect(left?.nextKeySecretId).toBeDefined();
    expect(await subject.view('show')).toEqual({ ...subject.before, isKeyChangeUnfinished: true });

    const after = await subject.view('rollover');
    expect(after).toMatchObject({ url: subject.before.url, isKeyChangeUnfinished: false });
    expect((await subject.record())?.keySecretId).toBe(left?.nextKeySecretId);
    expect(await subject.run(...issue(subject))).toMatchObject({ status: 0 });
  });

  it.each([
    ['an order', issue],
    ['a rollover', () => ['account', 'rollover']],
  ] as const)(
    'after the CA took the key is finished by %s, and not done twice',
    async (_, next) => {
      await using subject = await openSubject();
      await subject.kill(['account', 'rollover'], () => untilTaken(subject, ROLLOVER));
      subject.relay.hold(false);
      const left = await subject.record();
      expect(left?.nextKeySecretId).toBeDefined();

      expect(await subject.run(...next(subject))).toMatchObject({ status: 0 });
      expect(await subject.record()).toMatchObject({ keySecretId: left?.nextKeySecretId });
      expect(await subject.record()).not.toHaveProperty('nextKeySecretId');
      expect(await subject.ca.requests(ROLLOVER)).toHaveLength(1);
      const { url, status } = await subject.view('show');
      expect({ url, status }).toEqual({ url: subject.before.url, status: 'valid' });
    },
  );

  it('after it is done stays done', async () => {
    await using subject = await openSubject();
    await subject.kill(['account', 'rollover'], (line) => line(/has its new key/));
    const after = await subject.view('show');
    expect(after).toMatchObject({ url: subject.before.url, status: 'valid' });
    expect(after).toMatchObject({ isKeyChangeUnfinished: false });
    expect(after.thumbprint).not.toBe(subject.before.thumbprint);
  });
});

describe('a rollover whose answer is lost', () => {
  it('is found to be done', async () => {
    await using subject = await openSubject();
    const rollover = subject.view('rollover');
    await untilTaken(subject, ROLLOVER);
    subject.relay.cut();
    subject.relay.hold(false);
    expect((await rollover).thumbprint).not.toBe(subject.before.thumbprint);
    expect(await subject.ca.requests(ROLLOVER)).toHaveLength(1);
  });
});

describe('what is killed after the CA did it', () => {
  it('is the same account when it was a registration', async () => {
    await using subject = await openSubject();
    const deactivate = ['account', 'deactivate', '--issuer', 'pebble', '--yes'];
    expect(await subject.run(...deactivate)).toMatchObject({ status: 0 });
    await subject.kill(['account', 'register'], () => untilTaken(subject, '/sign-me-up'));
    subject.relay.hold(false);
    const left = await subject.record();
    expect(left).not.toHaveProperty('url');
    expect(await subject.view('register')).toMatchObject({ status: 'valid' });
    expect((await subject.record())?.keySecretId).toBe(left?.keySecretId);
  });

  it('is recorded by the same command when it was a deactivation', async () => {
    await using subject = await openSubject();
    const deactivate = ['account', 'deactivate', '--issuer', 'pebble', '--yes'];
    await subject.kill(deactivate, () => untilTaken(subject, ACCOUNT));
    subject.relay.hold(false);
    expect(await subject.record()).not.toHaveProperty('deactivatedAt');
    expect(await subject.run(...deactivate)).toMatchObject({ status: 0 });
    expect(await subject.view('show')).toMatchObject({ status: 'deactivated' });
    expect(await subject.run(...issue(subject))).toMatchObject({ status: 77 });
  });
});
