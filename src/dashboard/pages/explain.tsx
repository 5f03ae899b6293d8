/**
 * What a client that asks for a name gets, and why.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';
import type { Explanation } from '../answers.ts';
import { get, pathOf } from '../client.ts';
import { instantText, sentence } from '../format.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Loaded } from '../parts/loading.tsx';
import { rewrite } from '../router.tsx';
import { useResource } from '../use-resource.ts';
import { Page, type PageProps } from './page.tsx';
import { ScrollTable } from '../parts/scroll-table.tsx';

const COLUMNS = ['Client', 'Gets', 'Protocol', 'Key', 'At'] as const;

const DECISIONS: Readonly<
  Record<Explanation['decision'], { icon: IconName; text: string; panel: string }>
> = {
  terminate: { icon: 'tick', text: 'is terminated here', panel: 'panel-good' },
  'pass-through': { icon: 'tick', text: 'is passed through unopened', panel: 'panel-good' },
  issue: { icon: 'clock', text: 'gets a certificate when its first client comes', panel: '' },
  refuse: { icon: 'slash', text: 'is refused', panel: 'panel-bad' },
};

export function ExplainPage({ query }: PageProps) {
  const [name, setName] = useState(query.get('name') ?? '');
  const [asked, setAsked] = useState(name);
  useEffect(() => rewrite(pathOf('/explain', { name: asked })), [asked]);
  return (
    <Page
      title="Explain a name"
      lead="Which endpoint, policy and certificate a client gets, and why."
    >
      <form
        class="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(name.trim());
        }}
      >
        <label class="field search">
          <span class="hidden">Server name</span>
          <Icon name="search" />
          <input
            name="name"
            required
            spellcheck={false}
            autocapitalize="none"
            placeholder="app.example.com"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary">
          Explain
        </button>
      </form>
      <div class="stack" aria-live="polite">
        {asked !== '' && <Explained name={asked} />}
      </div>
    </Page>
  );
}

function Explained({ name }: { readonly name: string }) {
  const explanation = useResource(name, (signal) =>
    get<Explanation>('/v1/explain', { name }, signal),
  );
  return (
    <Loaded of={explanation} what="the explanation">
      {({ decision, because, clients = [], certificate }) => {
        const { icon, text, panel } = DECISIONS[decision];
        return (
          <>
            <div class={`panel ${panel}`}>
              <Icon name={icon} />
              <div>
                <p class="panel-title">
                  {name} {text}.
                </p>
                {certificate !== undefined && (
                  <p>
                    Certificate of {certificate.names.join(', ')}, until{' '}
                    {instantText(certificate.notAfter)}.
                  </p>
                )}
              </div>
            </div>
            <section class="card" aria-labelledby="because-title">
              <h2 id="because-title">Step by step</h2>
              <ol class="because">
                {because.map((line, index) => (
                  <li key={index} class={line.startsWith(' ') ? 'is-inner' : ''}>
                    {sentence(line.trim())}
                  </li>
                ))}
              </ol>
            </section>
            {clients.length > 0 && (
              <section class="card" aria-labelledby="clients-title">
                <h2 id="clients-title">What clients get</h2>
                <ScrollTable of="clients" columns={COLUMNS}>
                  {clients.map(
                    ({ client, decision: own, alert, protocol, keyAlgorithm, listeners }) => (
                      <tr key={`${client} ${listeners.join()}`}>
                        <td>{client}</td>
                        <td>{alert === undefined ? own : `alert ${alert}`}</td>
                        <td>{protocol ?? '–'}</td>
                        <td>{keyAlgorithm ?? '–'}</td>
                        <td>{listeners.join(', ')}</td>
                      </tr>
                    ),
                  )}
                </ScrollTable>
              </section>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
