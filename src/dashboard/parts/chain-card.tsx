/**
 * The chain that is served, to look at and to take along.
 *
 * @module
 */
import type { CertificateDetail } from '../answers.ts';
import { dayText } from '../format.ts';

interface Props {
  readonly chainPem: string;
  readonly chain: NonNullable<CertificateDetail['chain']>;
  readonly names: readonly string[];
}

export function ChainCard({ chainPem, chain, names }: Props) {
  const [name = 'chain'] = names;
  const file = `${name.replace('*', 'wildcard')}.pem`;
  return (
    <section class="card" aria-labelledby="chain-title">
      <div class="card-head">
        <h2 id="chain-title">Chain</h2>
        <button type="button" class="button" onClick={() => save(file, chainPem)}>
          Save the chain
        </button>
      </div>
      <ol class="chain">
        {chain.map(({ subject, issuer, keyType, notBefore, notAfter }, index) => (
          <li key={index}>
            <p>
              <strong>{index === 0 ? name : subject}</strong>
              {keyType !== undefined && <span class="muted small"> {keyType}</span>}
            </p>
            <p class="muted small">
              {dayText(notBefore)} – {dayText(notAfter)}, signed by {issuer}
            </p>
          </li>
        ))}
      </ol>
      <details>
        <summary>As PEM</summary>
        <pre tabIndex={0}>{chainPem}</pre>
      </details>
    </section>
  );
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/x-pem-file' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
