/**
 * A new certificate, from the form to the last step of its order.
 *
 * @module
 */
import { useRef, useState } from 'preact/hooks';
import type { ChallengeType, KeyType } from '../../core/certificate-spec.ts';
import type { Certificate, DnsCredential, Issuer, Job, Problem } from '../answers.ts';
import { get, post, problemOf } from '../client.ts';
import { instantText, sentence } from '../format.ts';
import { Icon } from '../parts/icon.tsx';
import { JobProgress } from '../parts/job-progress.tsx';
import { ProblemPanel } from '../parts/problem-panel.tsx';
import { Link } from '../router.tsx';
import { isBound, may } from '../session.ts';
import { useJob } from '../use-job.ts';
import { useResource } from '../use-resource.ts';
import { Page } from './page.tsx';

/** Each of them, as the compiler sees to. */
const CHALLENGES: Readonly<Record<ChallengeType, string>> = {
  'http-01': 'http-01: an answer on port 80',
  'tls-alpn-01': 'tls-alpn-01: an answer on port 443',
  'dns-01': 'dns-01: a record in DNS, for wildcards too',
  'dns-account-01': 'dns-account-01: a record of the account (experimental)',
  'dns-persist-01': 'dns-persist-01: a record that stands (experimental)',
};
const KEY_TYPES: Readonly<Record<KeyType, string>> = {
  ec256: 'EC P-256',
  ec384: 'EC P-384',
  rsa2048: 'RSA 2048',
  rsa3072: 'RSA 3072',
  rsa4096: 'RSA 4096',
};

interface Result {
  readonly outcome: 'issued' | 'unchanged' | 'planned';
  readonly message: string;
  readonly certificate: Certificate;
}

export function IssuePage() {
  const [started, setStarted] = useState<Job>();
  const [problem, setProblem] = useState<Problem>();
  const [ended, setEnded] = useState<Job>();
  const job = useJob(started, setEnded);
  const form = useRef<HTMLFormElement>(null);
  const isBusy = job?.state === 'running';

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (form.current === null) return;
    const isDryRun = event.submitter?.getAttribute('name') === 'dryRun';
    setProblem(undefined);
    setEnded(undefined);
    post<Job>('/v1/certificates', { ...bodyOf(new FormData(form.current)), dryRun: isDryRun }).then(
      setStarted,
      (thrown: unknown) => {
        setStarted(undefined);
        setProblem(problemOf(thrown));
      },
    );
  };

  const result = ended?.state === 'done' ? (ended.result as Result) : undefined;
  if (!may('operator')) {
    return (
      <Page title="New certificate">
        <p>A token of the role operator issues certificates. This one looks only.</p>
      </Page>
    );
  }
  return (
    <Page
      title="New certificate"
      lead="It is obtained now, kept in the inventory and renewed in time."
    >
      <div class="columns">
        <form ref={form} class="card form" onSubmit={submit}>
          <label class="field">
            <span>Names</span>
            <textarea
              name="names"
              rows={3}
              required
              spellcheck={false}
              autocapitalize="none"
              placeholder="app.example.com"
              aria-describedby="names-help"
            />
          </label>
          <p class="muted small" id="names-help">
            One a line, or with commas between them. <code>*.example.com</code> takes dns-01.
          </p>
          <Choices />
          <div class="actions">
            <button type="submit" class="button primary" disabled={isBusy}>
              {isBusy ? 'Under way…' : 'Issue'}
            </button>
            <button type="submit" name="dryRun" class="button" disabled={isBusy}>
              Only say what would be done
            </button>
          </div>
        </form>
        <div class="stack" aria-live="polite">
          {problem !== undefined && <ProblemPanel problem={problem} />}
          {result !== undefined && <Outcome result={result} />}
          {job !== undefined && <JobProgress job={job} title="Progress" />}
        </div>
      </div>
    </Page>
  );
}

function Outcome({ result: { outcome, message, certificate } }: { readonly result: Result }) {
  const titles = {
    issued: `${certificate.names[0]} is issued.`,
    unchanged: `${certificate.names[0]} is good as it is.`,
    planned: 'Nothing was done; this would be:',
  };
  return (
    <div class={`panel ${outcome === 'planned' ? '' : 'panel-good'}`}>
      <Icon name="tick" />
      <div>
        <p class="panel-title">{titles[outcome]}</p>
        {outcome === 'issued' && certificate.current !== undefined ? (
          <p>Valid until {instantText(certificate.current.notAfter)}.</p>
        ) : (
          <p>{sentence(message)}</p>
        )}
        {outcome !== 'planned' && (
          <p>
            <Link to={`/certificates/${certificate.id}`}>Look at it</Link>
          </p>
        )}
      </div>
    </div>
  );
}

function Choices() {
  const issuers = useResource('issuers', (signal) =>
    get<{ items: readonly Issuer[] }>('/v1/issuers', {}, signal),
  );
  // Bound tokens may not see them: the daemon takes its defaults.
  const credentials = useResource('dns', async (signal) =>
    isBound()
      ? { items: [] }
      : get<{ items: readonly DnsCredential[] }>('/v1/dns-credentials', {}, signal),
  );
  const defaults = issuers.value?.items.filter(({ isDefault }) => isDefault) ?? [];
  const usual = defaults.length === 0 ? '' : ` (${defaults.map(({ name }) => name).join(', ')})`;
  return (
    <>
      <label class="field">
        <span>Issuer</span>
        <select name="issuer">
          <option value="">As configured{usual}</option>
          {issuers.value?.items.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {issuers.problem !== undefined && <ProblemPanel problem={issuers.problem} />}
      <label class="field">
        <span>Challenge</span>
        <select name="challenge">
          <option value="">As configured</option>
          {Object.entries(CHALLENGES).map(([type, label]) => (
            <option key={type} value={type}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <details>
        <summary>More</summary>
        <div class="form">
          <label class="field">
            <span>DNS credential</span>
            <select name="dns">
              <option value="">As configured</option>
              {credentials.value?.items.map(({ name, provider }) => (
                <option key={name} value={name}>
                  {name} ({provider})
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>Key</span>
            <select name="keyType">
              <option value="">As configured</option>
              {Object.entries(KEY_TYPES).map(([type, label]) => (
                <option key={type} value={type}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>Profile of the CA</span>
            <input name="profile" spellcheck={false} />
          </label>
          <label class="check">
            <input type="checkbox" name="force" />
            <span>Replace a certificate that is good as it is</span>
          </label>
        </div>
      </details>
    </>
  );
}

/** What is not chosen is not sent: the daemon's defaults stand. */
function bodyOf(form: FormData): Record<string, unknown> {
  const text = (name: string): string | undefined => {
    const value = form.get(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const listed = (name: string): string[] | undefined =>
    text(name)
      ?.split(/[\s,]+/)
      .filter(Boolean);
  const given = {
    names: listed('names'),
    issuers: listed('issuer'),
    challenges: listed('challenge'),
    keyTypes: listed('keyType'),
    dns: text('dns'),
    profile: text('profile'),
    force: form.has('force'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
