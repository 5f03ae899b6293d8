/**
 * The frame of every page, or the way in.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from './answers.ts';
import { problemOf } from './client.ts';
import { ProblemPanel } from './parts/problem-panel.tsx';
import { PAGES } from './pages/pages.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { place, visit } from './router.tsx';
import { session } from './session.ts';
import { Shell } from './shell.tsx';
import { resume } from './sign-in.ts';

export function App() {
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    resume().catch((thrown: unknown) => setProblem(problemOf(thrown)));
  }, []);
  if (session.value === 'unknown') return null;
  if (typeof session.value === 'string') {
    return <SignInPage>{problem && <ProblemPanel problem={problem} />}</SignInPage>;
  }
  const { page, id } = place.value;
  const found = page === undefined ? undefined : PAGES[page];
  const Shown = id === undefined ? found?.list : found?.one;
  return (
    <Shell>
      {Shown === undefined ? (
        <NotFoundPage />
      ) : (
        <Shown key={`${visit.value}`} id={id ?? ''} query={place.value.query} />
      )}
    </Shell>
  );
}
