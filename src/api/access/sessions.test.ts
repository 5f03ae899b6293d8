import { describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../../test/support/manual-clock.ts';
import { openTempDir } from '../../../test/support/temp-dir.ts';
import { HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import type { SessionHolder } from '../../store/sessions.ts';
import type { Store } from '../../store/store.ts';
import { type Sessions, createSessions } from './sessions.ts';
import { createTokenOperations } from './token-operations.ts';
import { readSecret } from './token-secret.ts';
import type { Visitor } from './visitor.ts';

const LIFE = { idleMs: HOUR_MS, longestMs: 12 * HOUR_MS };
const visitor: Visitor = {
  address: '127.0.0.1',
  requestId: 'r',
  method: 'GET',
  authorization: undefined,
  cookie: undefined,
  origin: undefined,
  host: undefined,
  fetchSite: undefined,
};

interface Subject extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly sessions: Sessions;
  /** The value of the cookie. */
  open(holder?: SessionHolder, notAfter?: Date): Promise<string>;
  readonly holder: SessionHolder;
}

async function openSubject(expiresAt?: Date): Promise<Subject> {
  const directory = await openTempDir();
  const clock = createManualClock();
  const store = await openSqliteStore({ path: directory.file('certctl.db') });
  const { createToken } = createTokenOperations(store.tokens, clock);
  const made = await createToken(
    {
      name: 'ci',
      role: 'viewer',
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    },
    () => {},
    new AbortController().signal,
  );
  const { id = '', hash = new Uint8Array() } = readSecret(made.secret) ?? {};
  const holder = { kind: 'token', id, hash } as const;
  const { tokens, sessions: table } = store;
  const sessions = createSessions({ table, tokens, life: LIFE, rules: 'of now', clock });
  return {
    clock,
    store,
    sessions,
    holder,
    async open(of = holder, notAfter = expiresAt) {
      const field = await sessions.open(of, notAfter);
      return /^[^=]+=([^;]+)/.exec(field)?.[1] ?? '';
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

describe('a session', () => {
  it('ends when it is not used, and lives on with each request', async () => {
    await using subject = await openSubject();
    const { clock, sessions } = subject;
    const cookie = await subject.open();
    for (let hours = 0; hours < 3; hours += 1) {
      await clock.advance(HOUR_MS - MINUTE_MS);
      const caller = await sessions.find(cookie, visitor);
      expect(caller?.session?.idleUntil).toEqual(after(clock.now(), HOUR_MS));
    }
    await clock.advance(HOUR_MS);
    await expect(sessions.find(cookie, visitor)).rejects.toMatchObject({
      code: 'api/unauthenticated',
      message: 'the session has ended: it was not used for too long',
    });
  });

  it('ends in any case some time after signing in', async () => {
    await using subject = await openSubject();
    const { clock, sessions } = subject;
    const cookie = await subject.open();
    for (let times = 0; times < 23; times += 1) {
      await clock.advance(HOUR_MS / 2);
      expect(await sessions.find(cookie, visitor)).toBeDefined();
    }
    await clock.advance(HOUR_MS / 2);
    await expect(sessions.find(cookie, visitor)).rejects.toThrow('its time is over');
  });

  it('ends with the token', async () => {
    const expiresAt = new Date('2026-01-01T00:30:00Z');
    await using subject = await openSubject(expiresAt);
    const { clock, sessions } = subject;
    const cookie = await subject.open();
    expect((await sessions.find(cookie, visitor))?.expiresAt).toEqual(expiresAt);
    await clock.advance(HOUR_MS / 2);
    await expect(sessions.find(cookie, visitor)).rejects.toThrow('has ended');
  });

  it('of a person ends when the configuration grants something else', async () => {
    await using subject = await openSubject();
    const { store, clock } = subject;
    const person = { kind: 'person', id: 'x#1', name: 'Ada', role: 'operator' } as const;
    const cookie = await subject.open({ ...person, rules: 'of now' });
    const caller = await subject.sessions.find(cookie, visitor);
    expect(caller).toMatchObject({
      actor: { kind: 'session', id: 'x#1', name: 'Ada', address: '127.0.0.1' },
      grant: { role: 'operator' },
    });
    const { tokens, sessions: table } = store;
    for (const rules of ['of then', undefined]) {
      const changed = createSessions({ table, tokens, life: LIFE, rules, clock });
      await expect(changed.find(cookie, visitor)).rejects.toThrow('the rules');
    }
  });

  it('is kept as a hash, and is nobody without its whole secret', async () => {
    await using subject = await openSubject();
    const { sessions, store } = subject;
    const cookie = await subject.open();
    const [id = '', secret = ''] = cookie.split('.');
    const record = await store.sessions.find(id);
    expect(record?.hash).toHaveLength(32);
    expect(Buffer.from(record?.hash ?? []).toString('base64url')).not.toBe(secret);
    const wrong = [`${id}.${secret.slice(1)}A`, id, `${id}.`, secret, '', `${cookie}=`];
    for (const each of wrong) expect(await sessions.find(each, visitor)).toBeUndefined();
    await sessions.close(id);
    expect(await sessions.find(cookie, visitor)).toBeUndefined();
  });

  it('gives way to the later ones of the same token', async () => {
    await using subject = await openSubject();
    const { clock, sessions } = subject;
    const cookies: string[] = [];
    for (let times = 0; times < 21; times += 1) {
      cookies.push(await subject.open());
      await clock.advance(1_000);
    }
    const found = await Promise.all(cookies.map((cookie) => sessions.find(cookie, visitor)));
    expect(found.map((caller) => caller !== undefined)).toEqual([
      false,
      ...Array.from({ length: 20 }, () => true),
    ]);
  });
});
