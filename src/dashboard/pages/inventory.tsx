/**
 * All certificates: searched and filtered by the server, of which only the rows on the screen exist.
 *
 * @module
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CertificateStatus, Counts } from '../answers.ts';
import { get, pathOf, type Query } from '../client.ts';
import { amountText } from '../format.ts';
import { inventory, search } from '../inventory-list.ts';
import { CertificateTable } from '../parts/certificate-table.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProblemPanel } from '../parts/problem-panel.tsx';
import { STATUS_ORDER, STATUSES } from '../parts/status-badge.tsx';
import { Link, rewrite } from '../router.tsx';
import { may } from '../session.ts';
import { useResource } from '../use-resource.ts';
import { Page, type PageProps } from './page.tsx';
import { NewCertificateLink } from '../parts/new-certificate-link.tsx';

const TYPING_MS = 200;
const REFRESH_MS = 30_000;

const SORTS = {
  expires: 'Expiry, the next first',
  '-created': 'Newest first',
  created: 'Oldest first',
} as const;

interface Choice {
  readonly q: string;
  readonly status: string;
  readonly sort: keyof typeof SORTS;
  readonly expires_from: string;
  readonly expires_before: string;
}

export function InventoryPage({ query }: PageProps) {
  const [choice, setChoice] = useState(() => choiceOf(query));
  const typing = useRef(0);
  const counts = useResource(
    'counts',
    (signal) => get<Counts>('/v1/certificates/summary', {}, signal),
    { everyMs: REFRESH_MS },
  );
  const asked = queryOf(choice);
  const key = pathOf('/v1/certificates', asked);

  useEffect(() => {
    rewrite(pathOf('/certificates', addressOf(choice)));
    clearTimeout(typing.current);
    const wait = inventory.peek().key === '' ? 0 : TYPING_MS;
    typing.current = window.setTimeout(() => void search(asked), wait);
    return () => clearTimeout(typing.current);
  }, [key]);

  const change = (part: Partial<Choice>): void => setChoice({ ...choice, ...part });
  const { rows, next, isLoading, problem } = inventory.value;
  const isNarrowed = Object.keys(addressOf({ ...choice, sort: 'expires' })).length > 0;
  const shown =
    next === undefined ? amountText(rows.length) : `The first ${amountText(rows.length)}`;

  return (
    <Page title="Inventory" actions={may('operator') && <NewCertificateLink />}>
      <form class="toolbar" role="search" onSubmit={(event) => event.preventDefault()}>
        <label class="field search">
          <span class="hidden">Search by a part of a name</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search by a part of a name"
            spellcheck={false}
            autoComplete="off"
            value={choice.q}
            onInput={({ currentTarget }) => change({ q: currentTarget.value.trim().toLowerCase() })}
          />
        </label>
        <label class="field inline">
          <span>Sort</span>
          <select
            value={choice.sort}
            onChange={({ currentTarget }) => change({ sort: sortOf(currentTarget.value) })}
          >
            {Object.entries(SORTS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </form>
      <StatusFilter
        counts={counts.value}
        status={choice.status}
        onChange={(status) => change({ status })}
      />
      {choice.expires_before !== '' && (
        <p class="note">
          Those that expire {choice.expires_from !== '' && <>from {choice.expires_from} on, </>}
          before {choice.expires_before}.{' '}
          <button
            type="button"
            class="link"
            onClick={() => change({ expires_before: '', expires_from: '' })}
          >
            Show all
          </button>
        </p>
      )}
      {problem !== undefined && (
        <ProblemPanel problem={problem} onRetry={() => void search(asked)} />
      )}
      <p class="muted small result-count" role="status">
        {isLoading && rows.length === 0
          ? 'Loading…'
          : `${shown} ${rows.length === 1 ? 'certificate' : 'certificates'}${next === undefined ? '' : '; scroll for more'}`}
      </p>
      {rows.length > 0 && <CertificateTable query={asked} />}
      {rows.length === 0 && !isLoading && problem === undefined && (
        <Nothing
          isNarrowed={isNarrowed}
          onReset={() => setChoice(choiceOf(new URLSearchParams()))}
        />
      )}
    </Page>
  );
}

function StatusFilter({
  counts,
  status,
  onChange,
}: {
  readonly counts: Counts | undefined;
  readonly status: string;
  readonly onChange: (status: string) => void;
}) {
  const all = counts && Object.values(counts.byStatus).reduce((sum, each) => sum + each, 0);
  const chips: readonly { value: string; label: string; count: number | undefined }[] = [
    { value: '', label: 'All', count: all },
    ...STATUS_ORDER.map((value: CertificateStatus) => ({
      value,
      label: STATUSES[value].label,
      count: counts?.byStatus[value],
    })),
  ];
  return (
    <div class="chips" role="group" aria-label="State">
      {chips.map(({ value, label, count }) => (
        <button
          key={value}
          type="button"
          class={`chip ${value === '' ? '' : `status-${value}`}`}
          aria-pressed={status === value}
          onClick={() => onChange(value)}
        >
          {value !== '' && <Icon name={STATUSES[value as CertificateStatus].icon} />}
          {label}
          {count !== undefined && <span class="chip-count">{amountText(count)}</span>}
        </button>
      ))}
    </div>
  );
}

function Nothing({
  isNarrowed,
  onReset,
}: {
  readonly isNarrowed: boolean;
  readonly onReset: () => void;
}) {
  if (isNarrowed) {
    return (
      <div class="empty">
        <p class="empty-title">Nothing fits</p>
        <p>No certificate has all that is asked for.</p>
        <button type="button" class="button" onClick={onReset}>
          Show all
        </button>
      </div>
    );
  }
  return (
    <div class="empty">
      <p class="empty-title">There is no certificate yet</p>
      <p>
        Those of the configuration come by themselves.{' '}
        {may('operator') && 'Others are issued here.'}
      </p>
      {may('operator') && (
        <Link to="/issue" class="button primary">
          <Icon name="add" />
          New certificate
        </Link>
      )}
    </div>
  );
}

function sortOf(text: string | null): Choice['sort'] {
  return text !== null && Object.hasOwn(SORTS, text) ? (text as Choice['sort']) : 'expires';
}

function choiceOf(query: URLSearchParams): Choice {
  const day = (name: string): string =>
    /^\d{4}-\d{2}-\d{2}$/.exec(query.get(name) ?? '')?.[0] ?? '';
  const status = query.get('status') ?? '';
  return {
    q: query.get('q') ?? '',
    status: Object.hasOwn(STATUSES, status) ? status : '',
    sort: sortOf(query.get('sort')),
    expires_from: day('expires_from'),
    expires_before: day('expires_before'),
  };
}

function queryOf({ q, status, sort, ...days }: Choice): Query {
  return {
    q: q === '' ? undefined : q,
    status: status === '' ? undefined : status,
    sort,
    expires_from: instantOf(days.expires_from),
    expires_before: instantOf(days.expires_before),
  };
}

function instantOf(day: string): string | undefined {
  return day === '' ? undefined : `${day}T00:00:00.000Z`;
}

/** What is usual is not said. */
function addressOf({ sort, ...others }: Choice): Record<string, string> {
  const given = { ...others, sort: sort === 'expires' ? '' : sort };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}
