/**
 * What a piece of work is about, for every line that is logged while it runs: the request, the
 * certificate, the order.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export type TrailFields = Readonly<Record<string, string>>;

interface Trail {
  fields: TrailFields;
}

const trails = new AsyncLocalStorage<Trail>();

/** Whatever `work` begins, now or later, has these fields beside those of its surroundings. */
export function withTrail<T>(fields: TrailFields, work: () => T): T {
  const around = trails.getStore()?.fields;
  const isThere = Object.entries(fields).every(([key, value]) => around?.[key] === value);
  return isThere ? work() : trails.run({ fields: { ...around, ...fields } }, work);
}

/** Adds what turned out meanwhile, also for what is logged when `work` has ended. */
export function noteOnTrail(fields: TrailFields): void {
  const trail = trails.getStore();
  if (trail !== undefined) trail.fields = { ...trail.fields, ...fields };
}

export function trailFields(): TrailFields {
  return trails.getStore()?.fields ?? {};
}
