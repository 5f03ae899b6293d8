/**
 * The way in.
 *
 * @module
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../answers.ts';
import { problemOf } from '../client.ts';
import { Icon } from '../parts/icon.tsx';
import { ProblemPanel } from '../parts/problem-panel.tsx';
import { endedBy } from '../session.ts';
import { signIn, ways } from '../sign-in.ts';

export function SignInPage({ children }: { readonly children?: ComponentChildren }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · certctl';
    field.current?.focus();
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    signIn(token.trim())
      .catch((thrown: unknown) => {
        setProblem(problemOf(thrown));
        field.current?.select();
      })
      .finally(() => setBusy(false));
  };
  const elsewhere = ways.value.filter((each) => each.way === 'oidc');
  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <p class="brand">
          <Icon name="brand" />
          certctl
        </p>
        <h1>Sign in</h1>
        <div aria-live="polite">
          {problem !== undefined && <ProblemPanel problem={problem} />}
          {problem === undefined && endedBy.value !== undefined && (
            <ProblemPanel problem={endedBy.value} />
          )}
          {children}
        </div>
        <label class="field">
          <span>Token</span>
          <input
            ref={field}
            type="password"
            name="token"
            autoComplete="current-password"
            spellcheck={false}
            required
            value={token}
            aria-describedby="token-help"
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <p class="muted small" id="token-help">
          An administrator makes one with <code>certctl token create NAME --role viewer</code>.
        </p>
        <button type="submit" class="button primary" disabled={isBusy || token.trim() === ''}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        {elsewhere.length > 0 && <p class="or muted small">or</p>}
        {elsewhere.map(({ name, path }) => (
          <a key={path} class="button" href={path}>
            Sign in with {name}
          </a>
        ))}
      </form>
    </main>
  );
}
