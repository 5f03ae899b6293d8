/**
 * The time that texts are relative to: it goes on while the page is shown.
 *
 * @module
 */
import { signal } from '@preact/signals';

const STEP_MS = 10_000;

export const now = signal(new Date());

setInterval(() => (now.value = new Date()), STEP_MS);
