import { hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openLifecycle } from '../../test/support/lifecycle.ts';
import { runProgram, startProgram } from '../../test/support/program.ts';
import { MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { type LeaseOptions, holdLease, withLease } from './leases.ts';

const NAME = 'certificate/1';
const { signal } = new AbortController();

afterEach(() => {
  vi.useRealTimers();
});

async function openSubject() {
  const lifecycle = await openLifecycle();
  const { store, clock } = lifecycle.context;
  const options = (patience: LeaseOptions['patience']): LeaseOptions => ({
    leases: store.leases,
    clock,
    name: NAME,
    subject: 'issuing app.example.com',
    patience,
  });
  /** Claims the lease as somebody else for a while. */
  const occupy = (holder: string) => store.leases.claim(NAME, holder, 10 * SECOND_MS, clock.now());
  return { ...lifecycle, leases: store.leases, options, occupy };
}

/** A holder as this very process would name it, but for its process id. */
async function holderWith(pid: number | string): Promise<string> {
  await using subject = await openSubject();
  const held = await holdLease(subject.options('none'), signal);
  const own = await subject.leases.find(NAME);
  await held.release();
  expect(own?.holder).toContain(hostname());
  return (own?.holder ?? '').replace(`/${process.pid}/`, `/${pid}/`);
}

describe('withLease', () => {
  it('gives the lease back after success and after failure', async () => {
    await using subject = await openSubject();
    expect(await withLease(subject.options('none'), signal, async () => 'done')).toBe('done');
    const failing = withLease(subject.options('none'), signal, async () => {
      expect(await subject.leases.find(NAME)).toMatchObject({ name: NAME });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await subject.leases.find(NAME)).toBeUndefined();
  });

  it('names the process that holds it', async () => {
    await using subject = await openSubject();
    await subject.occupy('elsewhere/4711/1');
    const refused = withLease(subject.options('none'), signal, async () => 'done');
    await expect(refused).rejects.toMatchObject({
      code: 'lease/held',
      message: 'process 4711 is already issuing app.example.com',
      mend: expect.any(String),
    });
  });

  it('excludes another task of the same process', async () => {
    await using subject = await openSubject();
    const held = await holdLease(subject.options('none'), signal);
    await expect(holdLease(subject.options('none'), signal)).rejects.toMatchObject({
      code: 'lease/held',
    });
    await held.release();
  });

  it('waits until the other one is done, and says so once', async () => {
    await using subject = await openSubject();
    await subject.occupy('elsewhere/4711/1');
    const begin = subject.clock.now().getTime();
    const onWait = vi.fn<() => void>();
    await withLease({ ...subject.options('wait'), onWait }, signal, async () => undefined);
    expect(subject.clock.now().getTime() - begin).toBe(10 * SECOND_MS);
    expect(onWait).toHaveBeenCalledOnce();
  });

  it('gives up waiting for one that never ends', async () => {
    await using subject = await openSubject();
    const { clock, leases } = subject;
    await leases.claim(NAME, 'elsewhere/4711/1', 60 * MINUTE_MS, clock.now());
    await expect(
      withLease(subject.options('wait'), signal, async () => undefined),
    ).rejects.toMatchObject({ code: 'lease/held' });
    expect(clock.now().getTime()).toBeGreaterThan(new Date('2026-01-01T00:02:00Z').getTime() - 1);
  });

  it('stops waiting when it is aborted', async () => {
    await using subject = await openSubject();
    await subject.occupy('elsewhere/4711/1');
    const abort = new AbortController();
    const reason = new Error('stop');
    const options = { ...subject.options('wait'), onWait: () => abort.abort(reason) };
    await expect(withLease(options, abort.signal, async () => undefined)).rejects.toBe(reason);
  });

  it('takes over at once from a process of this machine that is gone', async () => {
    const { stdout } = await runProgram('sh', ['-c', 'echo $$']);
    await using subject = await openSubject();
    await subject.occupy(await holderWith(stdout.trim()));
    expect(await withLease(subject.options('none'), signal, async () => 'done')).toBe('done');
  });

  it('leaves it to a process of this machine that lives', async () => {
    await using living = await startProgram('sleep', ['60']);
    await using subject = await openSubject();
    await subject.occupy(await holderWith(living.pid));
    const refused = withLease(subject.options('none'), signal, async () => 'done');
    await expect(refused).rejects.toMatchObject({ code: 'lease/held' });
  });

  it('leaves it to a process of another machine, whose ids mean nothing here', async () => {
    const { stdout } = await runProgram('sh', ['-c', 'echo $$']);
    await using subject = await openSubject();
    await subject.occupy(`elsewhere/${stdout.trim()}/1`);
    const refused = withLease(subject.options('none'), signal, async () => 'done');
    await expect(refused).rejects.toMatchObject({ code: 'lease/held' });
  });

  it('extends the lease while the work runs', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await using subject = await openSubject();
    const held = await holdLease(subject.options('none'), signal);
    for (let passed = 0; passed < MINUTE_MS; passed += 5 * SECOND_MS) {
      subject.clock.advance(5 * SECOND_MS);
      await vi.advanceTimersByTimeAsync(5 * SECOND_MS);
    }
    expect(held.lost.aborted).toBe(false);
    expect(await subject.occupy('elsewhere/4711/1')).toBeUndefined();
    await held.release();
    expect(await subject.occupy('elsewhere/4711/1')).toBeDefined();
  });

  it('aborts the work when the lease is lost, and leaves it to its new holder', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await using subject = await openSubject();
    const work = withLease(subject.options('none'), signal, async (held) => {
      // As after a long sleep of the machine: nobody extended it, and somebody else came.
      subject.clock.advance(MINUTE_MS);
      await subject.occupy('elsewhere/4711/1');
      await vi.advanceTimersByTimeAsync(5 * SECOND_MS);
      held.throwIfAborted();
    });
    await expect(work).rejects.toMatchObject({ code: 'lease/held' });
    await expect(work).rejects.toBeInstanceOf(AppError);
    expect(await subject.leases.find(NAME)).toMatchObject({ holder: 'elsewhere/4711/1' });
  });
});
