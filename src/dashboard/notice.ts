/**
 * What somebody did that the page where it was done can no longer say.
 *
 * @module
 */
import { signal } from '@preact/signals';
import { go, visit } from './router.tsx';

const said = signal<{ readonly text: string; readonly visit: number } | undefined>(undefined);

/** Goes to another page, which says it until somebody goes on. */
export function goSaying(path: string, text: string): void {
  go(path);
  said.value = { text, visit: visit.peek() };
}

export function noticeHere(): string | undefined {
  return said.value?.visit === visit.value ? said.value.text : undefined;
}
