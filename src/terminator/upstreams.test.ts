import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { SILENT } from '../../test/support/terminator.ts';
import type { Upstream, UpstreamGroup } from '../feed/upstream.ts';
import { Upstreams } from './upstreams.ts';

const FIRST: Upstream = { scheme: 'tcp', target: { host: '127.0.0.1', port: 1 } };
const SECOND: Upstream = { scheme: 'tcp', target: { host: '127.0.0.1', port: 2 } };
const GROUP: UpstreamGroup = { upstreams: [FIRST, SECOND] };
const REFUSED = new Error('refused');

function open() {
  const clock = createManualClock();
  return { clock, upstreams: new Upstreams({ clock, log: SILENT, limits: { connectMs: 1_000 } }) };
}

describe('Upstreams', () => {
  it('counts a turn until it ends, once', () => {
    const { upstreams } = open();
    const turn = upstreams.take(GROUP);
    expect(turn?.upstream).toBe(FIRST);
    expect(upstreams.take(GROUP)?.upstream).toBe(SECOND);
    turn?.end();
    turn?.end();
    expect(upstreams.take(GROUP)?.upstream).toBe(FIRST);
    // Equally busy, and this one has waited longer.
    expect(upstreams.take(GROUP)?.upstream).toBe(SECOND);
  });

  it('leaves a failed one alone, longer each time, until it is connected to', async () => {
    const { clock, upstreams } = open();
    const only = { upstreams: [FIRST] };
    const pauses = [];
    for (let count = 0; count < 8; count += 1) {
      upstreams.take(only)?.fail(REFUSED);
      let seconds = 0;
      while (upstreams.countDown() === 1) {
        await clock.advance(1_000);
        seconds += 1;
      }
      pauses.push(seconds);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    const turn = upstreams.take(only);
    turn?.fail(REFUSED);
    turn?.succeed();
    expect(upstreams.countDown()).toBe(0);
    turn?.fail(REFUSED);
    await clock.advance(1_000);
    expect(upstreams.countDown()).toBe(0);
  });

  it('knows an upstream again that comes as another object', () => {
    const { upstreams } = open();
    upstreams.take(GROUP)?.fail(REFUSED);
    const copy = structuredClone(GROUP);
    expect(upstreams.take(copy)?.upstream).toBe(copy.upstreams[1]);
  });

  it('offers no one twice to the same connection', () => {
    const { upstreams } = open();
    expect(upstreams.take(GROUP, new Set([FIRST]))?.upstream).toBe(SECOND);
    expect(upstreams.take(GROUP, new Set([FIRST, SECOND]))).toBeUndefined();
  });
});
