/**
 * Which versions of OpenSSL's FIPS provider were validated, as far as this certctl knows.
 *
 * @module
 */

export interface Validation {
  readonly standard: 'FIPS 140-2' | 'FIPS 140-3';
  /** Numbers of CMVP certificates. */
  readonly certificates: readonly string[];
  readonly remark: string;
}

/** The CMVP moved all certificates of FIPS 140-2 there at once. */
const HISTORICAL =
  'names particular versions of 3.0, and is on the historical list since 2026-09-21';

/**
 * Says what was validated under this version number; whether this file is such a build, installed
 * and run as its security policy demands, cannot be seen from here.
 */
export function findValidation(version: string | undefined): Validation | undefined {
  if (version === '3.1.2') {
    return {
      standard: 'FIPS 140-3',
      certificates: ['#4985'],
      remark: "is for the OpenSSL project's own source of this version",
    };
  }
  // What distributions add to the number says that they changed the source.
  if (version !== undefined && /^3\.0\.\d+$/.test(version)) {
    return { standard: 'FIPS 140-2', certificates: ['#4282', '#4811'], remark: HISTORICAL };
  }
  return undefined;
}
