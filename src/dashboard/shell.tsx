/**
 * What surrounds every page: the way past it, the navigation, who is signed in.
 *
 * @module
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DashboardPage } from '../api/http/dashboard-pages.ts';
import type { Problem } from './answers.ts';
import { problemOf } from './client.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import { ProblemPanel } from './parts/problem-panel.tsx';
import { Link, place, visit } from './router.tsx';
import { isBound, may, session } from './session.ts';
import { signOut } from './sign-in.ts';
import { type Theme, THEMES, theme } from './theme.ts';

interface Entry {
  readonly page: DashboardPage;
  readonly label: string;
  readonly icon: IconName;
  readonly isOffered?: () => boolean;
}

const ENTRIES: readonly { readonly title: string; readonly entries: readonly Entry[] }[] = [
  {
    title: 'Certificates',
    entries: [
      { page: '', label: 'Overview', icon: 'overview' },
      { page: 'certificates', label: 'Inventory', icon: 'certificate' },
      { page: 'timeline', label: 'Timeline', icon: 'timeline' },
      { page: 'issue', label: 'New certificate', icon: 'add', isOffered: () => may('operator') },
    ],
  },
  {
    title: 'Serving',
    entries: [
      { page: 'traffic', label: 'Traffic', icon: 'traffic', isOffered: () => !isBound() },
      { page: 'explain', label: 'Explain a name', icon: 'question' },
    ],
  },
  {
    title: 'System',
    entries: [
      { page: 'events', label: 'Events', icon: 'bell' },
      { page: 'issuers', label: 'Issuers', icon: 'seal' },
      { page: 'tokens', label: 'Tokens', icon: 'key', isOffered: () => may('admin') && !isBound() },
      {
        page: 'audit',
        label: 'Audit log',
        icon: 'log',
        isOffered: () => may('admin') && !isBound(),
      },
    ],
  },
];

const THEME_LABELS: Readonly<Record<Theme, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
};

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [visit.value]);
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <header class="shell-bar">
        <Link to="/" class="brand">
          <Icon name="brand" />
          certctl
        </Link>
        <button
          type="button"
          class="button quiet shell-menu"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'close' : 'menu'} />
          Menu
        </button>
        <nav id="navigation" aria-label="Pages" class={isOpen ? 'is-open' : ''}>
          {ENTRIES.map(({ title, entries }) => (
            <div class="nav-group" key={title}>
              <p class="nav-title">{title}</p>
              <ul>
                {entries
                  .filter(({ isOffered }) => isOffered?.() ?? true)
                  .map((entry) => (
                    <li key={entry.page}>
                      <NavigationLink {...entry} />
                    </li>
                  ))}
              </ul>
            </div>
          ))}
          <Person />
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** The address stays as it is. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#content')?.focus();
}

function NavigationLink({ page, label, icon }: Entry) {
  const isCurrent = place.value.page === page;
  return (
    <Link to={`/${page}`} class="nav-link" {...(isCurrent ? { 'aria-current': 'page' } : {})}>
      <Icon name={icon} />
      {label}
    </Link>
  );
}

function Person() {
  const [problem, setProblem] = useState<Problem>();
  if (typeof session.value === 'string') return null;
  const { name, role, patterns } = session.value;
  const leave = (): void => {
    signOut().catch((thrown: unknown) => setProblem(problemOf(thrown)));
  };
  return (
    <div class="person">
      <p class="person-name">
        {name}
        <span class="muted"> {role}</span>
      </p>
      {patterns !== undefined && <p class="muted small">{patterns.join(', ')}</p>}
      <label class="small">
        <span class="muted">Colours</span>
        <select
          value={theme.value}
          onChange={({ currentTarget }) => (theme.value = currentTarget.value as Theme)}
        >
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {THEME_LABELS[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="button quiet" onClick={leave}>
        <Icon name="leave" />
        Sign out
      </button>
      {problem !== undefined && <ProblemPanel problem={problem} />}
    </div>
  );
}
