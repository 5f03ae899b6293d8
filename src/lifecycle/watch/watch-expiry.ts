/**
 * Looks at every certificate and token now and then, and records what somebody has to be told.
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import type { Store } from '../../store/store.ts';
import { judgeExpiry } from './judge-expiry.ts';
import { judgeTokenExpiry } from './judge-token-expiry.ts';

/** More at once would outlive V8's young generation, and be collected late: a round reads every chain. */
const PAGE = 50;

type Watched = Pick<Store, 'certificates' | 'tokens' | 'events'>;

/** One round; the store keeps each warning once, whoever notices it. */
export async function watchExpiry(
  { store, clock }: { readonly store: Watched; readonly clock: Clock },
  fractions: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const ofTokens = (await store.tokens.list()).flatMap(
    (token) => judgeTokenExpiry(token, fractions, clock.now()) ?? [],
  );
  if (ofTokens.length > 0) await store.events.append(ofTokens);
  let after: string | undefined;
  for (;;) {
    const page = await store.certificates.list({
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    const now = clock.now();
    const events = page.flatMap((found) => judgeExpiry(found, fractions, now) ?? []);
    if (events.length > 0) await store.events.append(events);
    after = page.at(-1)?.certificate.id;
    if (page.length < PAGE) return;
    // A turn for everything else that this process does.
    await clock.sleep(0, signal);
  }
}
