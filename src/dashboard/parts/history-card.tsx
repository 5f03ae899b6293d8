/**
 * Every chain that was signed for a certificate.
 *
 * @module
 */
import type { Issuance } from '../answers.ts';
import { dayText } from '../format.ts';
import { Instant } from './instant.tsx';

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
        <div class="table-scroll" role="region" aria-label="Table of issuances" tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Issued</th>
                <th scope="col">Issuer</th>
                <th scope="col">Valid</th>
                <th scope="col">Key</th>
                <th scope="col">Serial number</th>
              </tr>
            </thead>
            <tbody>
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
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
