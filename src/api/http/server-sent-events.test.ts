import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../../test/support/manual-clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/clock.ts';
import { socketCaller } from '../access/caller.ts';
import {
  LONGEST_MS,
  message,
  type MessageSource,
  pause,
  streamAnswer,
} from './server-sent-events.ts';
import { createStreams, MOST_OF_CALLER } from './streams.ts';

const { signal } = new AbortController();

/** Nothing to tell for a minute, then one message, again and again. */
async function* slowSource(clock: ManualClock): MessageSource {
  for (let count = 1; ; count += 1) {
    if (count % 60 === 0) yield message({ count }, { id: String(count) });
    else yield undefined;
    await pause(clock, SECOND_MS, signal);
  }
}

function open(clock: ManualClock, isAdmitted: () => boolean = () => true) {
  const caller = socketCaller('request');
  const streams = createStreams(clock);
  const checkCaller = async (): Promise<boolean> => isAdmitted();
  const call = { clock, signal, streams, caller, checkCaller };
  const body = streamAnswer(call, slowSource(clock)).body as Readable;
  let said = '';
  body.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  return { body, streams, caller, said: () => said };
}

async function wait(clock: ManualClock, milliseconds: number): Promise<void> {
  for (let waited = 0; waited < milliseconds; waited += SECOND_MS) await clock.advance(SECOND_MS);
}

describe('a stream', () => {
  it('shows that it lives while there is nothing to tell', async () => {
    const clock = createManualClock();
    const stream = open(clock);
    await wait(clock, 40 * SECOND_MS);
    expect(stream.said()).toBe('retry: 2000\n\n: still here\n\n: still here\n\n');
    await wait(clock, 30 * SECOND_MS);
    expect(stream.said()).toContain('id: 60\ndata: {"count":60}\n\n');
    stream.body.destroy();
    await wait(clock, 2 * SECOND_MS);
  });

  it('ends within seconds when its caller may listen no more, and gives its place back', async () => {
    const clock = createManualClock();
    let isAdmitted = true;
    const { body, streams, caller } = open(clock, () => isAdmitted);
    for (let count = 1; count < MOST_OF_CALLER; count += 1) streams.take(caller);
    expect(() => streams.take(caller)).toThrow(/too many streams of this caller/);
    await wait(clock, MINUTE_MS);
    expect(body.closed).toBe(false);
    isAdmitted = false;
    await wait(clock, 3 * SECOND_MS);
    expect(body.closed).toBe(true);
    streams.take(caller);
  });

  it('does not last for ever', async () => {
    const clock = createManualClock();
    const { body } = open(clock);
    await wait(clock, LONGEST_MS + 2 * SECOND_MS);
    expect(body.closed).toBe(true);
  });
});
