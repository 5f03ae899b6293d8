/**
 * The one value of an event that somebody reading a list of them looks for.
 *
 * @module
 */
import type { EventView } from './event.ts';

/** Empty where its type says it all. */
export function gistOf({ data }: Pick<EventView, 'data'>): string {
  const { error, message, reason, serial, kekId, directoryUrl, name } = data;
  const told = (error as { message?: unknown } | undefined)?.message ?? message ?? reason;
  const numbered = typeof serial === 'string' ? `serial ${serial}` : undefined;
  const gist = [told, numbered, kekId, directoryUrl, name].find(
    (value) => typeof value === 'string',
  );
  return typeof gist === 'string' ? gist : '';
}
