/**
 * What files of a target can hold, in the order in which they are written.
 *
 * @module
 */

// The key first: a server that watches the chain finds the pair complete.
export const FILE_FORMATS = [
  'key',
  'certificate',
  'chain',
  'fullchain',
  'combined',
  'pkcs12',
  'jks',
] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];
