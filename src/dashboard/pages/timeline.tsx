/**
 * Who expires when, and what certctl does before.
 *
 * @module
 */
import { useState } from 'preact/hooks';
import type { Certificate, Counts, PageOf } from '../answers.ts';
import { get } from '../client.ts';
import { expiryPeriods, RANGES } from '../expiry-periods.ts';
import { amountText } from '../format.ts';
import { now } from '../now.ts';
import { ExpiryChart, ExpiryTable } from '../parts/expiry-chart.tsx';
import { LifetimeLanes } from '../parts/lifetime-lanes.tsx';
import { Empty, Loaded } from '../parts/loading.tsx';
import { Link } from '../router.tsx';
import { useResource } from '../use-resource.ts';
import { Page } from './page.tsx';

const LANES = 40;
const REFRESH_MS = 30_000;

export function TimelinePage() {
  const [days, setDays] = useState<number>(90);
  const counts = useResource(
    'counts',
    (signal) => get<Counts>('/v1/certificates/summary', {}, signal),
    { everyMs: REFRESH_MS },
  );
  // From now on: what has expired has no life to show.
  const [begun] = useState(() => new Date().toISOString());
  const soonest = useResource('soonest', (signal) =>
    get<PageOf<Certificate>>(
      '/v1/certificates',
      { sort: 'expires', expires_from: begun, limit: LANES },
      signal,
    ),
  );
  return (
    <Page title="Timeline" lead="Who expires when, and what certctl does before.">
      <section class="card" aria-labelledby="expiry-title">
        <div class="card-head">
          <h2 id="expiry-title">Expiry</h2>
          <label class="field inline">
            <span>Show</span>
            <select
              value={days}
              onChange={({ currentTarget }) => setDays(Number(currentTarget.value))}
            >
              {RANGES.map((each) => (
                <option key={each} value={each}>
                  {each} days
                </option>
              ))}
            </select>
          </label>
        </div>
        <Loaded of={counts} what="the counts">
          {({ byExpiry, byStatus }) => {
            const periods = expiryPeriods(byExpiry, now.value, days);
            return (
              <div class="stack">
                <ExpiryChart periods={periods} height={240} />
                {byStatus.expired > 0 && (
                  <p>
                    <Link to="/certificates?status=expired">
                      {amountText(byStatus.expired)} expired already
                    </Link>
                  </p>
                )}
                <ExpiryTable periods={periods} />
              </div>
            );
          }}
        </Loaded>
      </section>
      <section class="card" aria-labelledby="lanes-title">
        <h2 id="lanes-title">The next to expire</h2>
        <Loaded of={soonest} what="the next to expire">
          {({ items }) =>
            items.length === 0 ? (
              <Empty>No certificate is alive.</Empty>
            ) : (
              <LifetimeLanes certificates={items} />
            )
          }
        </Loaded>
      </section>
    </Page>
  );
}
