import { describe, expect, it } from 'vitest';
import { openLifecycle, specFor } from '../../../test/support/lifecycle.ts';
import { DAY_MS, after } from '../../core/clock.ts';
import { attend } from '../attend.ts';
import { newCertificate } from '../issue.ts';
import { watchExpiry } from './watch-expiry.ts';

const SIGNAL = new AbortController().signal;

describe('watchExpiry', () => {
  it('tells once of each certificate and token that has come to its end', async () => {
    await using test = await openLifecycle();
    const { context, clock } = test;
    const { store } = context;
    const now = clock.now();
    const certificate = newCertificate(now, specFor(['app.example.com']), 'added');
    await store.certificates.insert(certificate);
    const options = { wish: 'none', patience: 'none', report: () => undefined } as const;
    const { issuance } = await attend(context, certificate.id, options, SIGNAL);
    const expiresAt = issuance?.notAfter ?? now;
    for (const [id, end] of [
      ['soon', expiresAt],
      ['later', after(expiresAt, DAY_MS * 365)],
    ] as const) {
      await store.tokens.insert({
        id,
        name: id,
        role: 'viewer',
        hash: new Uint8Array(32).fill(id.length),
        createdAt: now,
        createdBy: 'socket',
        expiresAt: end,
      });
    }
    const last = await store.events.lastPosition();
    clock.advance(expiresAt.getTime() - now.getTime());
    for (let round = 0; round < 2; round += 1) await watchExpiry({ store, clock }, [0.3], SIGNAL);
    const told = await store.events.after(last, 10);
    expect(told.map(({ type, data }) => [type, data['tokenId']])).toEqual([
      ['token.expired.v1', 'soon'],
      ['certificate.expired.v1', undefined],
    ]);
  });
});
