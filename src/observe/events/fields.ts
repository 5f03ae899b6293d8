/**
 * Kinds of values that several events have.
 *
 * @module
 */
import { z } from 'zod';

export const instant = z.iso.datetime();
export const word = z.string().max(200);
export const message = z.string().max(2_000);

/** An error as an event tells it: without its context, which may be long. */
export const failure = z.strictObject({
  code: word,
  message,
  mend: message.optional(),
});

/** What an event tells of an error. */
export function failureOf({
  code,
  message: said,
  mend,
}: {
  readonly code: string;
  readonly message: string;
  readonly mend?: string | undefined;
}): z.output<typeof failure> {
  return {
    code,
    message: bounded(said),
    ...(mend === undefined ? {} : { mend: bounded(mend) }),
  };
}

const MOST_MESSAGE = 1_999;

/** Bounded, whatever was put into it. */
export function bounded(text: string): string {
  return text.length > MOST_MESSAGE ? `${text.slice(0, MOST_MESSAGE)}…` : text;
}
