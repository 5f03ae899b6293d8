/**
 * What was counted for one endpoint, by kind.
 *
 * @module
 */
import { amountText } from '../format.ts';
import { type EndpointCounts, labelledIn } from '../traffic-rows.ts';

const FAMILIES = {
  handshakes: 'TLS versions',
  groups: 'Key exchange',
  protocols: 'Protocols',
  sessions: 'Sessions',
  requests: 'Requests by status',
  refused: 'Refused, and why',
} as const;
const TIMES = {
  handshakeTime: 'Handshake',
  requestTime: 'Request',
  lookupTime: 'Look-up of a new name',
} as const;

export function EndpointDetails({ counts }: { readonly counts: EndpointCounts }) {
  const groups = Object.entries(FAMILIES)
    .map(([family, title]) => ({ title, labelled: labelledIn(counts[family]) }))
    .filter(({ labelled }) => Object.keys(labelled).length > 0);
  const times = Object.entries(TIMES).flatMap(([family, title]) => {
    const { meanMs, p99Ms } = labelledIn(counts[family]);
    return meanMs === undefined ? [] : [{ title, meanMs, p99Ms }];
  });
  if (groups.length + times.length === 0) return <p class="muted">Nobody has come yet.</p>;
  return (
    <div class="kinds">
      {groups.map(({ title, labelled }) => (
        <div key={title}>
          <h3>{title}</h3>
          <Shares labelled={labelled} />
        </div>
      ))}
      {times.length > 0 && (
        <div>
          <h3>Time</h3>
          <dl class="facts small">
            {times.map(({ title, meanMs, p99Ms }) => [
              <dt key={title}>{title}</dt>,
              <dd key={`${title} ms`}>
                {meanMs.toFixed(1)} ms on average
                {p99Ms !== undefined && `, 99 of 100 within ${p99Ms} ms`}
              </dd>,
            ])}
          </dl>
        </div>
      )}
    </div>
  );
}

function Shares({ labelled }: { readonly labelled: Readonly<Record<string, number>> }) {
  const all = Object.values(labelled).reduce((sum, count) => sum + count, 0);
  return (
    <ul class="shares small">
      {Object.entries(labelled).map(([label, count]) => (
        <li key={label}>
          <span>{label}</span>
          <meter min={0} max={all} value={count} aria-label={`${label} of all`} />
          <span class="number">{amountText(count)}</span>
        </li>
      ))}
    </ul>
  );
}
