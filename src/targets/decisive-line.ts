/**
 * The one line of what a program printed that says why it failed.
 *
 * @module
 */
import { lastLine } from '../wire/foreign-text.ts';

/** As nginx, HAProxy and Apache mark their lines, the gravest first. */
const MARKS = [/\[emerg\]/i, /\[alert\]/i, /\[crit\]/i, /\[error\]/i];
const MOST_CHARACTERS = 300;

/**
 * The first of the gravest lines: what follows it is its consequence, down to `test failed`. Without
 * marks it is the last line.
 */
export function decisiveLine(output: string): string | undefined {
  const lines = output.split('\n');
  for (const mark of MARKS) {
    const found = lines.find((line) => mark.test(line));
    if (found !== undefined) return found.trim().slice(0, MOST_CHARACTERS);
  }
  return lastLine(output, MOST_CHARACTERS);
}
