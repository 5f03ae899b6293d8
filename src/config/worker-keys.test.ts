import { describe, expect, it } from 'vitest';
import { fileSchema } from './file-schema.ts';

const ACCOUNT = 'must be a name, or an id from 1 to 4294967294; workers never run as root';

describe('the keys of workers', () => {
  it.each([
    [
      { user: 'www-data', group: 'web_1' },
      { user: 'www-data', group: 'web_1' },
    ],
    [
      { user: 65_534, group: '12' },
      { user: '65534', group: '12' },
    ],
  ])('take %j', (given, expected) => {
    expect(fileSchema.parse(given)).toEqual(expected);
  });

  it.each([
    [{ user: 'root' }, 'user'],
    [{ user: 0 }, 'user'],
    [{ user: '0' }, 'user'],
    [{ user: -1 }, 'user'],
    [{ user: '' }, 'user'],
    [{ group: 'a:b' }, 'group'],
    [{ group: 4_294_967_295 }, 'group'],
  ])('refuse %j', (given, key) => {
    const { error } = fileSchema.safeParse(given);
    expect(error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      [key, ACCOUNT],
    ]);
  });

  it.each(['drain', 'retire', 'orphan'])('want a unit for limits.%s', (key) => {
    expect(fileSchema.safeParse({ limits: { [key]: 5 } }).success).toBe(false);
    expect(fileSchema.parse({ limits: { [key]: '5s' } }).limits).toMatchObject({
      [`${key}Ms`]: 5_000,
    });
  });
});
