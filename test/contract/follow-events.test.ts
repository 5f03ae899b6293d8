import { describe, expect, it } from 'vitest';
import { openTempDir } from '../support/temp-dir.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { NewEvent } from '../../src/observe/events/event.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { followEvents } from '../../src/lifecycle/delivery/follow-events.ts';

const unparked = (certificateId: string): NewEvent => ({
  type: 'certificate.unparked.v1',
  certificateId,
  names: [],
  data: {},
});

describe('followEvents', () => {
  it('goes on after the last one that was seen, with those of other processes', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    const store = await openSqliteStore({ path });
    const { events } = store;
    const other = await openSqliteStore({ path });
    await events.append([unparked('seen'), unparked('missed'), unparked('unwanted')]);
    const [seen] = await events.after(0, 1);
    const stop = new AbortController();
    const told: (string | undefined)[] = [];
    const followed = followEvents(
      { events, clock: systemClock },
      ({ certificateId }) => certificateId !== 'unwanted',
      seen?.id,
      stop.signal,
    );
    for await (const { certificateId } of followed) {
      told.push(certificateId);
      if (certificateId === 'missed') await other.events.append([unparked('foreign')]);
      else stop.abort();
    }
    expect(told).toStrictEqual(['missed', 'foreign']);
    await other.close();
    await store.close();
  });
});
