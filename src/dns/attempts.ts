/**
 * What providers attempt, in the words of their messages.
 *
 * @module
 */

export const ATTEMPTS = {
  listZones: 'cannot list the zones',
  findZone: (name: string) => `cannot look for the zone of ${name}`,
  list: (name: string) => `cannot list the TXT records of ${name}`,
  create: (name: string) => `cannot create a TXT record of ${name}`,
  delete: (name: string) => `cannot delete a TXT record of ${name}`,
  write: (name: string) => `cannot change the TXT records of ${name}`,
} as const;
