/**
 * Records of hosts whose API has a collection of them: made by a POST to it, deleted below it by id.
 *
 * @module
 */
import { ATTEMPTS } from './attempts.ts';
import type { HostApi } from './host-api.ts';
import type { TxtRecord } from './provider.ts';
import type { RecordApi } from './record-provider.ts';
import type { Zone } from './zone-search.ts';

export interface RecordCollection<Found extends Zone> {
  readonly path: (zone: Found) => string;
  /** The record in the host's words. */
  readonly record: (zone: Found, record: TxtRecord) => object;
}

export function changeCollection<Found extends Zone>(
  api: HostApi,
  { path, record }: RecordCollection<Found>,
): Pick<RecordApi<Found>, 'create' | 'delete'> {
  return {
    create: async (zone, created, signal) => {
      const attempt = ATTEMPTS.create(created.name);
      const json = record(zone, created);
      await api.send({ attempt, method: 'POST', path: path(zone), json }, signal);
    },
    delete: async (zone, id, name, signal) => {
      const attempt = ATTEMPTS.delete(name);
      const of = `${path(zone)}/${id}`;
      await api.send({ attempt, method: 'DELETE', path: of, expected: [404] }, signal);
    },
  };
}
