import { describe, expect, it } from 'vitest';
import { SECOND_MS } from '../../core/clock.ts';
import { nameSet, parseName } from '../../core/names.ts';
import { refusalOf } from '../../acme/refusal.ts';
import { at } from '../../store/sample-records.contract.ts';
import { judgeRefusal } from './judge-refusal.ts';

const CA = 'https://ca.example/directory';
const ORDER = {
  directoryUrl: CA,
  names: nameSet(['a.example.com', '*.b.example.com', 'c.example.org'].map(parseName)),
};
const UNPAUSE = 'https://ca.example/sfe/v1/unpause?jwt=aaaa.bbbb.cccc';
const PAUSED = 'Your account is temporarily prevented from requesting certificates for';

function judge(status: number, detail: string | undefined, retryAfter?: string) {
  const response = {
    url: 'https://ca.example/order',
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    body:
      detail === undefined
        ? '<html></html>'
        : JSON.stringify({ type: 'urn:ietf:params:acme:error:rateLimited', detail }),
    receivedAt: at(0),
  };
  return judgeRefusal(refusalOf(response, 'create an order'), ORDER);
}

describe('judgeRefusal', () => {
  it.each([
    [
      429,
      'too many new orders (300) from this account in the last 3h0m0s, retry after …',
      [`account ${CA}`],
    ],
    [
      429,
      'too many certificates (50) already issued for "example.com" in the last 168h0m0s, retry',
      [`domain ${CA} example.com`],
    ],
    [
      429,
      'too many certificates (5) already issued for this exact set of identifiers in the last',
      [expect.stringMatching(/^name-set /)],
    ],
    [
      429,
      'too many failed authorizations (5) for "b.example.com" in the last 1h0m0s, retry after',
      [`name ${CA} b.example.com`],
    ],
    [429, 'slow down', [`directory ${CA}`]],
    [429, undefined, [`directory ${CA}`]],
    [503, undefined, [`directory ${CA}`]],
    [503, 'too many new orders from this account', [`directory ${CA}`]],
  ])('%i %j pauses what it is about, to the second', (status, detail, scopes) => {
    const pauses = judge(status, detail, '37');
    expect(pauses.map(({ scope }) => scope)).toEqual(scopes);
    const until = new Date(at(0).getTime() + 37 * SECOND_MS);
    for (const pause of pauses) expect(pause).toMatchObject({ until });
  });

  it('takes the instant from the words where there is no header', () => {
    const detail = 'too many new orders, retry after 2026-11-23 10:20:30 UTC: see';
    expect(judge(429, detail)).toMatchObject([{ until: new Date('2026-11-23T10:20:30Z') }]);
  });

  it.each([
    ['a.example.com and possibly others', [`name ${CA} a.example.com`]],
    ['c.example.org, b.example.com and', [`name ${CA} b.example.com`, `name ${CA} c.example.org`]],
    ['xa.example.com and possibly others', [`account ${CA}`]],
  ])('pauses %s without end, and keeps the URL', (words, scopes) => {
    const pauses = judge(429, `${PAUSED} ${words}. Please visit: ${UNPAUSE}.`, '60');
    expect(pauses.map(({ scope }) => scope)).toEqual(scopes);
    for (const pause of pauses) {
      expect(pause.url).toBe(UNPAUSE);
      expect(pause).not.toHaveProperty('until');
    }
  });

  it.each([
    [429, 'slow down', undefined],
    [400, undefined, '60'],
    [500, undefined, '60'],
  ])('leaves %i %j with Retry-After %j to the back-off', (status, detail, retryAfter) => {
    expect(judge(status, detail, retryAfter)).toEqual([]);
  });
});
