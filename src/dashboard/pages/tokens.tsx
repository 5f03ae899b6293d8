/**
 * Who may use the API: tokens, made, shown once, and revoked.
 *
 * @module
 */
import { useRef, useState } from 'preact/hooks';
import type { Problem, ShownToken, Token } from '../answers.ts';
import { get, post, problemOf, remove } from '../client.ts';
import { DAY_MS } from '../format.ts';
import { Icon } from '../parts/icon.tsx';
import { Instant } from '../parts/instant.tsx';
import { Empty, Loaded } from '../parts/loading.tsx';
import { ProblemPanel } from '../parts/problem-panel.tsx';
import { useResource } from '../use-resource.ts';
import { Page } from './page.tsx';
import { Badge, type BadgeProps } from '../parts/status-badge.tsx';

const STATES: Readonly<Record<Token['state'], BadgeProps>> = {
  active: { label: 'Active', icon: 'tick', status: 'valid' },
  expired: { label: 'Expired', icon: 'clock', status: 'revoked' },
  revoked: { label: 'Revoked', icon: 'slash', status: 'revoked' },
};
const ROLES: Readonly<Record<Token['role'], string>> = {
  viewer: 'viewer: looks',
  operator: 'operator: changes certificates, too',
  admin: 'admin: everything',
};

export function TokensPage() {
  const tokens = useResource('tokens', (signal) =>
    get<{ items: readonly Token[] }>('/v1/tokens', {}, signal),
  );
  const [problem, setProblem] = useState<Problem>();
  const [made, setMade] = useState<ShownToken>();

  const revoke = (id: string): void => {
    remove(`/v1/tokens/${id}`).then(tokens.reload, (thrown: unknown) =>
      setProblem(problemOf(thrown)),
    );
  };

  return (
    <Page title="Tokens" lead="Who may use the API and this dashboard.">
      {problem !== undefined && <ProblemPanel problem={problem} />}
      {made !== undefined && <Secret made={made} />}
      <div class="columns">
        <section class="card" aria-labelledby="tokens-title">
          <h2 id="tokens-title">Tokens</h2>
          <Loaded of={tokens} what="the tokens">
            {({ items }) =>
              items.length === 0 ? (
                <Empty>There is no token.</Empty>
              ) : (
                <ul class="entries">
                  {items.map((token) => (
                    <TokenEntry key={token.id} token={token} onRevoke={() => revoke(token.id)} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </section>
        <NewToken
          onMade={(shown) => {
            setMade(shown);
            setProblem(undefined);
            tokens.reload();
          }}
          onProblem={setProblem}
        />
      </div>
    </Page>
  );
}

function TokenEntry({ token, onRevoke }: { readonly token: Token; readonly onRevoke: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const { name, role, state, patterns, networks, createdBy, expiresAt, lastUsedAt } = token;
  return (
    <li>
      <p class="entry-head">
        <span>
          <strong>{name}</strong> <span class="muted">{role}</span>
        </span>
        <Badge {...STATES[state]} />
      </p>
      {patterns !== undefined && <p class="small">{patterns.join(', ')}</p>}
      {networks !== undefined && <p class="small">from {networks.join(', ')}</p>}
      <p class="muted small">
        By {createdBy}
        {expiresAt === undefined ? (
          ', for ever'
        ) : (
          <>
            , expires <Instant at={expiresAt} />
          </>
        )}
        {lastUsedAt === undefined ? (
          ', never used'
        ) : (
          <>
            , last used <Instant at={lastUsedAt} />
          </>
        )}
      </p>
      {state === 'active' && (
        <div class="actions">
          {isAsking ? (
            <>
              <button type="button" class="button danger" onClick={onRevoke}>
                Revoke {name} now
              </button>
              <button type="button" class="button quiet" onClick={() => setAsking(false)}>
                Keep it
              </button>
            </>
          ) : (
            <button type="button" class="button" onClick={() => setAsking(true)}>
              Revoke<span class="hidden"> {name}</span>
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function Secret({ made: { token, secret } }: { readonly made: ShownToken }) {
  return (
    <div class="panel panel-good" role="status">
      <Icon name="key" />
      <div>
        <p class="panel-title">The secret of {token.name}, shown this once:</p>
        <p>
          <code>{secret}</code>
        </p>
        <button
          type="button"
          class="button"
          onClick={() => void navigator.clipboard.writeText(secret)}
        >
          Copy
        </button>
      </div>
    </div>
  );
}

interface NewTokenProps {
  readonly onMade: (made: ShownToken) => void;
  readonly onProblem: (problem: Problem) => void;
}

function NewToken({ onMade, onProblem }: NewTokenProps) {
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const { current } = form;
    if (current === null) return;
    post<ShownToken>('/v1/tokens', bodyOf(new FormData(current)))
      .then(onMade)
      .then(() => current.reset())
      .catch((thrown: unknown) => onProblem(problemOf(thrown)));
  };
  return (
    <form ref={form} class="card form" onSubmit={submit} aria-labelledby="new-token-title">
      <h2 id="new-token-title">New token</h2>
      <label class="field">
        <span>Name</span>
        <input name="name" required maxLength={100} autoComplete="off" />
      </label>
      <label class="field">
        <span>Role</span>
        <select name="role">
          {Object.entries(ROLES).map(([role, label]) => (
            <option key={role} value={role}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Bound to names</span>
        <input
          name="patterns"
          placeholder="bind:*.customer.net"
          spellcheck={false}
          aria-describedby="patterns-help"
        />
      </label>
      <p class="muted small" id="patterns-help">
        Spaces between several; empty: every name.
      </p>
      <label class="field">
        <span>Valid for days</span>
        <input name="days" type="number" min={1} max={3650} required value={90} />
      </label>
      <button type="submit" class="button primary">
        Make it
      </button>
    </form>
  );
}

function bodyOf(form: FormData): Record<string, unknown> {
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const patterns = text('patterns').split(/\s+/).filter(Boolean);
  return {
    name: text('name'),
    role: text('role'),
    ...(patterns.length === 0 ? {} : { patterns }),
    expiresAt: new Date(Date.now() + Number(text('days')) * DAY_MS).toISOString(),
  };
}
