import { afterEach, describe, expect, it, vi } from 'vitest';
import { readEnvironment } from './environment.ts';

afterEach(() => vi.unstubAllEnvs());

describe('readEnvironment', () => {
  it('takes an empty variable for one that is not set', () => {
    vi.stubEnv('CERTCTL_CONFIG', '');
    vi.stubEnv('NO_COLOR', '');
    expect(readEnvironment()).toMatchObject({ configPath: undefined, noColor: false });
    vi.stubEnv('CERTCTL_CONFIG', 'a.yaml');
    vi.stubEnv('NO_COLOR', '1');
    expect(readEnvironment()).toMatchObject({ configPath: 'a.yaml', noColor: true });
  });

  it.each([
    ['/data', '/data'],
    ['data', '/home/me/.local/share'],
    ['', '/home/me/.local/share'],
  ])('takes XDG_DATA_HOME=%s only when it is absolute', (value, expected) => {
    vi.stubEnv('HOME', '/home/me');
    vi.stubEnv('XDG_DATA_HOME', value);
    expect(readEnvironment().dataHome).toBe(expected);
  });
});
