/**
 * What a piece of work is about, for every line that is logged while it runs: the request, the
 * certificate, the order.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from './tracing/span.ts';

export type TrailFields = Readonly<Record<string, string>>;

interface Trail {
  fields: TrailFields;
  readonly span?: Span | undefined;
}

const trails = new AsyncLocalStorage<Trail>();

/** Whatever `work` begins, now or later, has these fields beside those of its surroundings. */
export function withTrail<T>(fields: TrailFields, work: () => T): T {
  const { fields: around, span } = trails.getStore() ?? {};
  const isThere = Object.entries(fields).every(([key, value]) => around?.[key] === value);
  return isThere ? work() : trails.run({ fields: { ...around, ...fields }, span }, work);
}

/** Adds what turned out meanwhile, also for what is logged when `work` has ended. */
export function noteOnTrail(fields: TrailFields): void {
  const trail = trails.getStore();
  if (trail !== undefined) trail.fields = { ...trail.fields, ...fields };
}

/** What `work` is traced by is below this span, and its lines have the id of the trace. */
export function withSpan<T>(span: Span, work: () => T): T {
  const { traceId } = span.context;
  return trails.run({ fields: { ...trailFields(), traceId }, span }, work);
}

export function currentSpan(): Span | undefined {
  return trails.getStore()?.span;
}

export function trailFields(): TrailFields {
  return trails.getStore()?.fields ?? {};
}
