import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { noteOnTrail, trailFields, withTrail } from './trail.ts';

describe('a trail', () => {
  it('is followed by what work begins, and left by what comes after it', async () => {
    const seen = await withTrail({ requestId: 'r' }, async () => {
      await setImmediate();
      return [trailFields(), await withTrail({ certificateId: 'c' }, async () => trailFields())];
    });
    expect(seen).toEqual([{ requestId: 'r' }, { requestId: 'r', certificateId: 'c' }]);
    expect(trailFields()).toEqual({});
  });

  it('keeps works apart that run at the same time', async () => {
    const work = (id: string) =>
      withTrail({ id }, async () => {
        await setImmediate();
        noteOnTrail({ order: `of ${id}` });
        await setImmediate();
        return trailFields();
      });
    expect(await Promise.all(['a', 'b'].map(work))).toEqual([
      { id: 'a', order: 'of a' },
      { id: 'b', order: 'of b' },
    ]);
  });

  it('has what was noted deep inside when it was begun again for the same', async () => {
    const seen = await withTrail({ certificateId: 'c' }, async () => {
      await withTrail({ certificateId: 'c' }, async () => noteOnTrail({ orderId: 'o' }));
      await withTrail({ certificateId: 'd' }, async () => noteOnTrail({ orderId: 'p' }));
      return trailFields();
    });
    expect(seen).toEqual({ certificateId: 'c', orderId: 'o' });
  });
});
