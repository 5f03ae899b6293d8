/**
 * Who signs, with which accounts, and who writes to DNS for it.
 *
 * @module
 */
import type { Account, DnsCredential, Issuer } from '../answers.ts';
import { get } from '../client.ts';
import { Instant } from '../parts/instant.tsx';
import { Empty, Loaded } from '../parts/loading.tsx';
import { isBound, may } from '../session.ts';
import { useResource } from '../use-resource.ts';
import { Page } from './page.tsx';

interface Listed<Item> {
  readonly items: readonly Item[];
}

export function IssuersPage() {
  const issuers = useResource('issuers', (signal) =>
    get<Listed<Issuer>>('/v1/issuers', {}, signal),
  );
  return (
    <Page title="Issuers" lead="Who signs, with which accounts, and who writes to DNS for it.">
      <section class="card" aria-labelledby="issuers-title">
        <h2 id="issuers-title">Issuers</h2>
        <Loaded of={issuers} what="the issuers">
          {({ items }) => (
            <ul class="entries">
              {items.map(({ name, type, directory, isDefault, source }) => (
                <li key={name}>
                  <p class="entry-head">
                    <span>
                      <strong>{name}</strong>{' '}
                      {isDefault && <span class="badge status-pending">default</span>}
                    </span>
                    <span class="muted small">
                      {source === 'configuration' ? 'configuration' : 'command line'}
                    </span>
                  </p>
                  <p class="muted small">
                    {type === 'internal' ? 'A CA of our own' : <code>{directory}</code>}
                  </p>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </section>
      {!isBound() && <Accounts />}
      {!isBound() && may('operator') && <DnsCredentials />}
    </Page>
  );
}

function Accounts() {
  const accounts = useResource('accounts', (signal) =>
    get<Listed<Account>>('/v1/accounts', {}, signal),
  );
  return (
    <section class="card" aria-labelledby="accounts-title">
      <h2 id="accounts-title">Accounts</h2>
      <Loaded of={accounts} what="the accounts">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>There is no account yet: the first order makes one.</Empty>
          ) : (
            <ul class="entries">
              {items.map(({ directory, url, contact, createdAt, deactivatedAt }) => (
                <li key={directory}>
                  <p class="entry-head">
                    <code>{url ?? directory}</code>
                    <span class="muted small">
                      {deactivatedAt === undefined ? (
                        <>
                          since <Instant at={createdAt} />
                        </>
                      ) : (
                        <>
                          deactivated <Instant at={deactivatedAt} />
                        </>
                      )}
                    </span>
                  </p>
                  {contact.length > 0 && <p class="muted small">{contact.join(', ')}</p>}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function DnsCredentials() {
  const credentials = useResource('dns', (signal) =>
    get<Listed<DnsCredential>>('/v1/dns-credentials', {}, signal),
  );
  return (
    <section class="card" aria-labelledby="dns-title">
      <h2 id="dns-title">DNS credentials</h2>
      <Loaded of={credentials} what="the DNS credentials">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>The configuration has none: dns-01 needs one.</Empty>
          ) : (
            <ul class="entries">
              {items.map(({ name, provider, zones }) => (
                <li key={name}>
                  <p class="entry-head">
                    <strong>{name}</strong>
                    <span class="muted small">{provider}</span>
                  </p>
                  {zones !== undefined && <p class="muted small">{zones.join(', ')}</p>}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
