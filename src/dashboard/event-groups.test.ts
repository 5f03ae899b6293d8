import { expect, it } from 'vitest';
import { EVENT_TYPES } from '../observe/events/catalogue.ts';
import { EVENT_GROUPS } from './event-groups.ts';

it('every type of event is of one kind, and every kind has some', () => {
  const [, ...kinds] = EVENT_GROUPS;
  const beginnings = kinds.map(({ type }) => type.split(',').map((each) => each.replace('*', '')));
  const isOf = (type: string, kind: readonly string[]): boolean =>
    kind.some((beginning) => type.startsWith(beginning));
  for (const type of EVENT_TYPES) {
    expect(
      beginnings.filter((kind) => isOf(type, kind)),
      type,
    ).toHaveLength(1);
  }
  for (const beginning of beginnings.flat()) {
    expect(
      EVENT_TYPES.some((type) => type.startsWith(beginning)),
      beginning,
    ).toBe(true);
  }
});
