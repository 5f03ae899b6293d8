/**
 * The rows of the inventory that are on the screen, in a table of its full height.
 *
 * @module
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Certificate } from '../answers.ts';
import type { Query } from '../client.ts';
import { dayText, sentence } from '../format.ts';
import { inventory, loadMore } from '../inventory-list.ts';
import { Link } from '../router.tsx';
import { Instant } from './instant.tsx';
import { StatusBadge } from './status-badge.tsx';
import { useVisibleRows } from './use-visible-rows.ts';

/** So many rows before the end the next page is asked for. */
const AHEAD = 60;

export function CertificateTable({ query }: { readonly query: Query }) {
  const { rows, next, isLoading, problem } = inventory.value;
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end, rowHeight } = useVisibleRows(body, rows.length);
  const isNearEnd = next !== undefined && end + AHEAD >= rows.length;
  useEffect(() => {
    if (isNearEnd && !isLoading && problem === undefined) void loadMore(query);
  }, [isNearEnd, isLoading, rows.length]);
  const height = (count: number) => ({ height: `${count * rowHeight}px` });
  return (
    // The roles are said because small windows show the rows in another form than that of a table.
    <table
      role="table"
      class="table certificates"
      aria-rowcount={next === undefined ? rows.length + 1 : -1}
      aria-busy={isLoading}
    >
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            Names
          </th>
          <th role="columnheader" scope="col">
            State
          </th>
          <th role="columnheader" scope="col">
            Expires
          </th>
          <th role="columnheader" scope="col">
            Issuer
          </th>
          <th role="columnheader" scope="col">
            What comes next
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup" ref={body}>
        {first > 0 && <tr class="spacer" aria-hidden="true" style={height(first)} />}
        {rows.slice(first, end).map((row, index) => (
          <CertificateRow key={row.id} row={row} index={first + index} />
        ))}
        {end < rows.length && (
          <tr class="spacer" aria-hidden="true" style={height(rows.length - end)} />
        )}
      </tbody>
    </table>
  );
}

function CertificateRow({ row, index }: { readonly row: Certificate; readonly index: number }) {
  const [first = '', ...others] = row.names;
  const { current, failure, next } = row;
  return (
    <tr role="row" aria-rowindex={index + 2} class={current === undefined ? '' : 'has-current'}>
      <td role="cell" class="cell-names">
        <Link to={`/certificates/${row.id}`} title={row.names.join('\n')}>
          {first}
        </Link>
        {others.length > 0 && <span class="muted small"> +{others.length}</span>}
      </td>
      <td role="cell" class="cell-status">
        <StatusBadge status={row.status} />
      </td>
      <td role="cell" class="cell-expires">
        {current === undefined ? (
          <span class="muted">–</span>
        ) : (
          <>
            <Instant at={current.notAfter} />
            <span class="muted small"> {dayText(current.notAfter)}</span>
          </>
        )}
      </td>
      <td role="cell" class="cell-issuer">
        {current?.issuer ?? row.issuers[0]}
      </td>
      <td role="cell" class="cell-next" title={failure?.error.message ?? next.message}>
        <span>{sentence(failure === undefined ? next.message : failure.error.message)}</span>
      </td>
    </tr>
  );
}
