/**
 * Spans around pieces of work; where nobody traces the work around it, there is nothing but the work.
 *
 * @module
 */
import { toAppError } from '../../core/errors.ts';
import { currentSpan, withSpan } from '../trail.ts';
import type { Attributes, Span } from './span.ts';

/** A child of the span around it. */
export function traced<T>(
  name: string,
  work: () => Promise<T>,
  attributes: Attributes = {},
): Promise<T> {
  return inSpan(currentSpan()?.child(name, attributes), work);
}

/** Ends the span with the work. */
export function inSpan<T>(span: Span | undefined, work: () => Promise<T>): Promise<T> {
  return span === undefined ? work() : endingWith(span, work);
}

async function endingWith<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    const result = await withSpan(span, work);
    span.end();
    return result;
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    span.end({ 'error.type': code }, message);
    throw thrown;
  }
}
