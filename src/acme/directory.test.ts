import { describe, expect, it } from 'vitest';
import { openCa } from '../../test/support/scripted-ca.ts';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import { openAcmeClient } from './client.ts';

describe('directory', () => {
  it('is read once for all, and keys of any kind may stand in it', async () => {
    const meta = {
      profiles: { short: 'six days' },
      caaIdentities: 7,
      termsOfService: 'data:,Be%20kind',
    };
    await using ca = await openCa({}, { iX6QLoa5x_4: 'https://ca.example/random', meta });
    const [first] = await Promise.all([ca.client.directory(), ca.client.directory()]);
    expect(first.meta).toMatchObject({ profiles: { short: 'six days' }, caaIdentities: [] });
    expect(first.meta.termsOfService).toBe('data:,Be%20kind');
    expect(ca.count('/directory')).toBe(1);
  });

  it('survives a hiccup of the server', async () => {
    let asked = 0;
    await using ca = await openCa({
      '/directory': (_, url) => {
        asked += 1;
        if (asked === 1) return 'cut';
        if (asked === 2) return { status: 503, body: 'busy' };
        return { body: { newNonce: `${url}/n`, newAccount: `${url}/a`, newOrder: `${url}/o` } };
      },
    });
    expect((await ca.client.directory()).newNonce).toBe(ca.url('/n'));
  });

  it.each([
    ['a web page', { body: '<html>' }, 'it is not JSON'],
    ['other JSON', { body: { hello: 1 } }, 'its member newNonce is missing or no https URL'],
    ['a redirect', { status: 301, headers: { location: '/here' } }, 'it redirects to /here'],
    ['no such page', { status: 404 }, 'it answers with status 404'],
  ])('refuses %s', async (_, answer, reason) => {
    await using ca = await openCa({ '/directory': () => answer });
    await expect(ca.client.directory()).rejects.toMatchObject({
      code: 'acme/bad-response',
      message: `${ca.url('/directory')} is not an ACME directory: ${reason}`,
    });
  });

  it.each(['http://ca.example/directory', 'ca.example', 'https://user:secret@ca.example/'])(
    'is not looked for at %s',
    (directoryUrl) => {
      const open = (): unknown =>
        openAcmeClient({ directoryUrl, userAgent: 'certctl/test', clock: createSteppingClock() });
      expect(open).toThrow(expect.objectContaining({ code: 'input/invalid' }));
      expect(open).not.toThrow(/secret/);
    },
  );
});
