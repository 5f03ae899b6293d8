/**
 * Header fields as they came: in order, and as often as they were sent.
 *
 * @module
 */

/** Names and values in turn, as Node and undici take them. */
export type FlatHeaders = readonly string[];

/** The values of one header, in order. */
export function valuesOf(headers: FlatHeaders, wanted: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === wanted) values.push(headers[index + 1] ?? '');
  }
  return values;
}
