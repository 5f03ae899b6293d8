/**
 * Every chain that was signed for a certificate.
 *
 * @module
 */
import type { Issuance } from '../answers.ts';
import { dayText } from '../format.ts';
import { Instant } from './instant.tsx';
import { ScrollTable } from './scroll-table.tsx';

const COLUMNS = ['Issued', 'Issuer', 'Valid', 'Key', 'Serial number'] as const;

interface Props {
  readonly history: readonly Issuance[];
  readonly current: Issuance | undefined;
}

export function HistoryCard({ history, current }: Props) {
  return (
    <section class="card" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      {history.length === 0 ? (
        <p class="muted">Nothing was issued yet.</p>
      ) : (
        <ScrollTable of="issuances" columns={COLUMNS}>
          {history.map((issuance) => (
            <tr key={issuance.fingerprint256}>
              <td class="nowrap">
                <Instant at={issuance.issuedAt} />
                {issuance.fingerprint256 === current?.fingerprint256 && (
                  <span class="muted small"> now served</span>
                )}
                {issuance.revokedAt !== undefined && <span class="muted small"> revoked</span>}
              </td>
              <td>{issuance.issuer}</td>
              <td class="nowrap">
                {dayText(issuance.notBefore)} – {dayText(issuance.notAfter)}
              </td>
              <td>{issuance.keyType}</td>
              <td>
                <code>{issuance.serial}</code>
              </td>
            </tr>
          ))}
        </ScrollTable>
      )}
    </section>
  );
}
