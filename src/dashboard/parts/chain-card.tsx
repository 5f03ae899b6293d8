/**
 * The chain that is served, to look at and to take along.
 *
 * @module
 */
import { countText } from '../format.ts';

interface Props {
  readonly chainPem: string;
  readonly names: readonly string[];
}

export function ChainCard({ chainPem, names }: Props) {
  const count = chainPem.split('-----BEGIN CERTIFICATE-----').length - 1;
  const file = `${(names[0] ?? 'chain').replace('*', 'wildcard')}.pem`;
  return (
    <section class="card" aria-labelledby="chain-title">
      <div class="card-head">
        <h2 id="chain-title">Chain</h2>
        <button type="button" class="button" onClick={() => save(file, chainPem)}>
          Save as {file}
        </button>
      </div>
      <details>
        <summary>{countText(count, 'certificate')}, as PEM</summary>
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
