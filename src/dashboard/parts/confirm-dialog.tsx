/**
 * Asks before what cannot be undone: says what follows, and has the name of it typed.
 *
 * @module
 */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../answers.ts';
import { problemOf } from '../client.ts';
import { ProblemPanel } from './problem-panel.tsx';

interface Props {
  readonly title: string;
  /** What has to be typed. */
  readonly name: string;
  /** What the button says. */
  readonly action: string;
  /** Does it; the dialog says why not, and stays. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function ConfirmDialog({ title, name, action, onConfirm, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  // The browser keeps the focus in it, and gives it back to where it was.
  useLayoutEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await onConfirm();
      dialog.current?.close();
    } catch (thrown) {
      setProblem(problemOf(thrown));
      setBusy(false);
    }
  };

  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="dialog-title" onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        <label class="field">
          <span>
            Type <code>{name}</code> to confirm
          </span>
          <input
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            autoComplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        </label>
        {problem !== undefined && <ProblemPanel problem={problem} />}
        <div class="actions">
          <button
            type="submit"
            class="button danger"
            disabled={isBusy || typed.trim().toLowerCase() !== name}
          >
            {isBusy ? 'Under way…' : action}
          </button>
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
