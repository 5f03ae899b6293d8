import { describe, expect, it } from 'vitest';
import { openTempDir } from '../support/temp-dir.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { NewEvent } from '../../src/observe/events/event.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { followEvents } from '../../src/api/follow-events.ts';
import { createEventOperations } from '../../src/main/event-operations.ts';

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
    await events.append([unparked('seen'), unparked('missed')]);
    const [seen] = await events.after(0, 1);
    const stop = new AbortController();
    const following = {
      operations: createEventOperations({ store, clock: systemClock, notify: () => [] }),
      clock: systemClock,
      report: () => {},
      signal: stop.signal,
    };
    const told: string[] = [];
    for await (const event of followEvents(following, {}, seen?.id)) {
      if (event?.certificateId === undefined) {
        if (told.length === 1) await other.events.append([unparked('foreign')]);
        continue;
      }
      told.push(event.certificateId);
      if (event.certificateId === 'foreign') stop.abort();
    }
    expect(told).toStrictEqual(['missed', 'foreign']);
    await other.close();
    await store.close();
  });
});
