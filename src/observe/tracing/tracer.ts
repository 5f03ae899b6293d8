/**
 * Begins traces: a part of them by chance, and some as the sequel of an earlier one.
 *
 * @module
 */
import type { Random } from '../../core/clock.ts';
import { type Attributes, Span, type SpanContext, type SpanRecord, type SpanSink } from './span.ts';

export interface Tracer {
  /** `undefined` for what is not in the sample, but for a sequel of what was. */
  start(
    name: string,
    attributes: Attributes,
    options?: { readonly kind?: SpanRecord['kind']; readonly sequelOf?: string },
  ): Span | undefined;
  /** Lets `sequelOf` find this span by a name of the caller's own. */
  remember(key: string, span: Span): void;
}

export interface TracerOptions {
  /** From 0 to 1. */
  readonly sample: number;
  readonly random: Random;
  readonly sink: SpanSink;
}

/** Sequels come soon. */
const MOST_REMEMBERED = 1_000;

export function createTracer({ sample, random, sink }: TracerOptions): Tracer {
  const remembered = new Map<string, SpanContext>();
  return {
    start(name, attributes, { kind = 'internal', sequelOf } = {}) {
      const parent = sequelOf === undefined ? undefined : remembered.get(sequelOf);
      if (parent === undefined && random() >= sample) return undefined;
      return new Span(sink, { name, kind, attributes, parent });
    },
    remember(key, { context }) {
      remembered.delete(key);
      remembered.set(key, context);
      const [oldest] = remembered.keys();
      if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    },
  };
}
