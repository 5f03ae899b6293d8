/**
 * Light or dark: as the system has it, or as chosen here.
 *
 * @module
 */
import { effect, signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'certctl.theme';

export const theme = signal<Theme>(THEMES.find((each) => each === stored()) ?? 'system');

export function startTheme(): void {
  effect(() => {
    const { value } = theme;
    if (value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = value;
    try {
      localStorage.setItem(KEY, value);
    } catch {
      // Where the browser keeps nothing, the choice lasts as long as the page.
    }
  });
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
