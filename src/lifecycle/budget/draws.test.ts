import { describe, expect, it } from 'vitest';
import { DAY_MS, after } from '../../core/clock.ts';
import { nameSet, parseName } from '../../core/names.ts';
import { at, sampleIssuance } from '../../store/sample-records.contract.ts';
import { type CountedOrder, type ExemptionInput, drawsOf, exemptionOf } from './draws.ts';
import { limitsOf } from './limits.ts';

const CA = 'https://acme-v02.api.letsencrypt.org/directory';
const NAMES = nameSet(['a.example.com', 'b.example.com', 'c.example.org'].map(parseName));

function wordsOf(exemption: CountedOrder['exemption'], limits = limitsOf(CA, {})) {
  const { orders, certificates, failures } = drawsOf({
    directoryUrl: CA,
    limits,
    names: NAMES,
    exemption,
  });
  const words = (draws: typeof orders) => draws.map(({ scope }) => scope.split(' ')[0]);
  return [words(orders), words(certificates), new Set(words(failures))];
}

describe('drawsOf', () => {
  it('counts an order as the CA counts it', () => {
    const failures = new Set(['failures', 'consecutive-failures']);
    expect(wordsOf('none')).toEqual([['account'], ['domain', 'domain', 'name-set'], failures]);
    expect(wordsOf('same-names')).toEqual([[], ['name-set'], failures]);
    expect(wordsOf('all')).toEqual([[], [], new Set()]);
  });

  it('draws on nothing where no limit is known', () => {
    const limits = limitsOf('https://ca.example/directory', {});
    expect(wordsOf('none', limits)).toEqual([[], [], new Set()]);
  });
});

describe('limitsOf', () => {
  it('prefers what is configured, one by one', () => {
    const newOrdersPerAccount = { count: 1, perMs: 1_000 };
    expect(limitsOf(CA, { newOrdersPerAccount })).toMatchObject({
      newOrdersPerAccount,
      certificatesPerNameSet: { count: 5, perMs: 7 * DAY_MS },
      failedValidationsPerName: { count: 5 },
    });
    expect(limitsOf('https://ca.example/', { newOrdersPerAccount })).toEqual({
      newOrdersPerAccount,
    });
  });
});

describe('exemptionOf', () => {
  const window = { start: at(0), end: at(100) };
  const input: ExemptionInput = {
    now: at(0),
    names: NAMES,
    issuer: 'letsencrypt',
    replaces: 'a.b',
    renewal: { window },
    history: [],
  };

  it.each([
    ['at the start of the window', {}, 'all'],
    ['just before it', { now: new Date(at(0).getTime() - 1) }, 'none'],
    ['at its end', { now: at(100) }, 'none'],
    ['without a predecessor', { replaces: undefined }, 'none'],
    ['without a window', { renewal: {} }, 'none'],
  ] as const)('%s', (_title, change, exemption) => {
    expect(exemptionOf({ ...input, ...change })).toBe(exemption);
  });

  const issued = sampleIssuance('one', 'a', { names: NAMES, issuedAt: at(0) });
  const later = { ...input, replaces: undefined, history: [issued] };
  it.each([
    ['the same names of late', { now: at(1) }, 'same-names'],
    ['the same names long ago', { now: after(at(0), 120 * DAY_MS) }, 'none'],
    ['of another issuer', { now: at(1), issuer: 'other' }, 'none'],
    ['fewer names', { now: at(1), names: NAMES.slice(1) }, 'none'],
  ] as const)('for %s', (_title, change, exemption) => {
    expect(exemptionOf({ ...later, ...change })).toBe(exemption);
  });
});
