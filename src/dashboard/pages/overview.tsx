/**
 * Whether all is well, at a glance; if not, what to look at first.
 *
 * @module
 */
import type { Certificate, Counts, Event, PageOf } from '../answers.ts';
import { get } from '../client.ts';
import { dayAfter, expiringWithin, expiryPeriods } from '../expiry-periods.ts';
import { amountText, countText, sentence } from '../format.ts';
import { now } from '../now.ts';
import { EventList } from '../parts/event-list.tsx';
import { ExpiryChart, inventoryPath } from '../parts/expiry-chart.tsx';
import { Icon } from '../parts/icon.tsx';
import { Instant } from '../parts/instant.tsx';
import { Loaded } from '../parts/loading.tsx';
import { STATUS_ORDER, StatusBadge, STATUSES } from '../parts/status-badge.tsx';
import { Link } from '../router.tsx';
import { may } from '../session.ts';
import { useResource } from '../use-resource.ts';
import { Page } from './page.tsx';
import { NewCertificateLink } from '../parts/new-certificate-link.tsx';

const REFRESH_MS = 15_000;
const MOST_TROUBLES = 6;
const MOST_EVENTS = 8;
const SOON_DAYS = 7;
const CHART_DAYS = 90;

export function OverviewPage() {
  const options = { everyMs: REFRESH_MS };
  const counts = useResource(
    'counts',
    (signal) => get<Counts>('/v1/certificates/summary', {}, signal),
    options,
  );
  const troubles = useResource('troubles', findTroubles, options);
  const events = useResource(
    'events',
    (signal) => get<PageOf<Event>>('/v1/events', { limit: MOST_EVENTS }, signal),
    options,
  );
  return (
    <Page
      title="Overview"
      lead={counts.value && <Verdict counts={counts.value} />}
      actions={may('operator') && <NewCertificateLink />}
    >
      <Loaded of={counts} what="the counts">
        {(value) => (
          <>
            <Tiles counts={value} />
            <section class="card" aria-labelledby="expiry-title">
              <div class="card-head">
                <h2 id="expiry-title">Expiry in the next {CHART_DAYS} days</h2>
                <Link to="/timeline">Timeline</Link>
              </div>
              <ExpiryChart periods={expiryPeriods(value.byExpiry, now.value, CHART_DAYS)} />
            </section>
          </>
        )}
      </Loaded>
      <div class="columns">
        <section class="card" aria-labelledby="trouble-title">
          <h2 id="trouble-title">Look at these first</h2>
          <Loaded of={troubles} what="what fails">
            {(found) => <Troubles certificates={found} />}
          </Loaded>
        </section>
        <section class="card" aria-labelledby="events-title">
          <div class="card-head">
            <h2 id="events-title">Last events</h2>
            <Link to="/events">All events</Link>
          </div>
          <Loaded of={events} what="the events">
            {({ items }) =>
              items.length === 0 ? (
                <p class="muted">Nothing has happened yet.</p>
              ) : (
                <EventList events={items} />
              )
            }
          </Loaded>
        </section>
      </div>
    </Page>
  );
}

async function findTroubles(signal: AbortSignal): Promise<Certificate[]> {
  const of = (status: string) =>
    get<PageOf<Certificate>>(
      '/v1/certificates',
      { status, sort: 'expires', limit: MOST_TROUBLES },
      signal,
    );
  const [expired, failing] = await Promise.all([of('expired'), of('failing')]);
  // Both are there, however many there are of one.
  const room = Math.max(MOST_TROUBLES / 2, MOST_TROUBLES - failing.items.length);
  return [...expired.items.slice(0, room), ...failing.items].slice(0, MOST_TROUBLES);
}

function Verdict({ counts: { byStatus } }: { readonly counts: Counts }) {
  const { expired, failing } = byStatus;
  const all = Object.values(byStatus).reduce((sum, each) => sum + each, 0);
  if (all === 0) return <>There is no certificate yet.</>;
  if (expired + failing === 0) {
    return <>All is well: {countText(all, 'certificate')}, none fails and none has expired.</>;
  }
  const troubles = [
    ...(failing === 0 ? [] : [countText(failing, 'certificate fails', 'certificates fail')]),
    ...(expired === 0
      ? []
      : [countText(expired, 'certificate has expired', 'certificates have expired')]),
  ];
  return <>{troubles.join(', ')}.</>;
}

function Tiles({ counts: { byStatus, byExpiry } }: { readonly counts: Counts }) {
  const soon = expiringWithin(byExpiry, now.value, SOON_DAYS);
  const path = inventoryPath(dayAfter(now.value, 0), dayAfter(now.value, SOON_DAYS));
  return (
    <ul class="tiles">
      {STATUS_ORDER.map((status) => (
        <li key={status}>
          <Link
            to={`/certificates?status=${status}`}
            class={`tile status-${status} ${byStatus[status] === 0 ? 'is-zero' : ''}`}
            title={STATUSES[status].meaning}
          >
            <span class="tile-label">
              <Icon name={STATUSES[status].icon} />
              {STATUSES[status].label}
            </span>
            <span class="tile-value">{amountText(byStatus[status])}</span>
          </Link>
        </li>
      ))}
      <li>
        <Link
          to={path}
          class={`tile ${soon === 0 ? 'is-zero' : ''}`}
          title={`Expire within ${SOON_DAYS} days, if nothing is renewed.`}
        >
          <span class="tile-label">
            <Icon name="timeline" />
            In {SOON_DAYS} days
          </span>
          <span class="tile-value">{amountText(soon)}</span>
        </Link>
      </li>
    </ul>
  );
}

function Troubles({ certificates }: { readonly certificates: readonly Certificate[] }) {
  if (certificates.length === 0) return <p class="muted">Nothing fails.</p>;
  return (
    <ul class="entries">
      {certificates.map(({ id, names, status, failure, current, next }) => (
        <li key={id}>
          <p class="entry-head">
            <Link to={`/certificates/${id}`}>{names[0]}</Link>
            <StatusBadge status={status} />
          </p>
          <p class="small">{sentence(failure?.error.message ?? next.message)}</p>
          <p class="small muted">
            {current !== undefined && (
              <>
                {status === 'expired' ? 'Expired' : 'Expires'} <Instant at={current.notAfter} />
                .{' '}
              </>
            )}
            {failure !== undefined && (
              <>
                Next attempt <Instant at={failure.retryAt} />.
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}
