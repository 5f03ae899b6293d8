/**
 * Who changed what, from where, and how it ended.
 *
 * @module
 */
import type { AuditEntry } from '../answers.ts';
import { wordsOf } from '../format.ts';
import { Instant } from '../parts/instant.tsx';
import { Empty } from '../parts/loading.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { useList } from '../use-list.ts';
import { Page } from './page.tsx';
import { Badge, type BadgeProps } from '../parts/status-badge.tsx';

const OUTCOMES: Readonly<Record<AuditEntry['outcome'], Omit<BadgeProps, 'label'>>> = {
  begun: { icon: 'clock', status: 'pending' },
  done: { icon: 'tick', status: 'valid' },
  failed: { icon: 'warning', status: 'failing' },
};

export function AuditPage() {
  const list = useList<AuditEntry>('/v1/audit', { limit: 50 });
  return (
    <Page title="Audit log" lead="Every change: who, from where, what, and how it ended.">
      <section class="card" aria-label="Changes">
        {list.items.length === 0 && !list.isLoading && list.problem === undefined && (
          <Empty>Nobody has changed anything yet.</Empty>
        )}
        <ul class="entries">
          {list.items.map((entry) => (
            <Change key={entry.id} {...entry} />
          ))}
        </ul>
        <MoreButton list={list} what="changes" />
      </section>
    </Page>
  );
}

/** A token of the same name as an earlier one has another id. */
function wordsFor({ kind, id }: AuditEntry['actor']): string {
  return id === undefined ? kind : `${kind} ${id}`;
}

function Change({ at, actor, operation, names, before, after, outcome, error }: AuditEntry) {
  const hasDetails = before !== undefined || after !== undefined;
  return (
    <li>
      <p class="entry-head">
        <span>
          <strong>{wordsOf(operation)}</strong> {names.length > 0 && names.join(', ')}
        </span>
        <Badge {...OUTCOMES[outcome]} label={wordsOf(outcome)} />
      </p>
      <p class="muted small">
        <Instant at={at} isFull /> by {actor.name}
        {actor.kind !== actor.name && ` (${wordsFor(actor)})`}
        {actor.address !== undefined && ` from ${actor.address}`}
      </p>
      {error !== undefined && <p class="small">{error.message}</p>}
      {hasDetails && (
        <details class="small">
          <summary>Before and after</summary>
          <pre tabIndex={0}>{JSON.stringify({ before, after }, null, 2)}</pre>
        </details>
      )}
    </li>
  );
}
