/**
 * How Node is started in FIPS mode: OpenSSL reads its providers once, before any script.
 *
 * @module
 */

const CONFIG = '--openssl-config=';
const FORCE = '--force-fips';

/** Node itself ends when no provider is active then, and nothing can leave the mode later. */
export function fipsFlags(configPath: string): readonly string[] {
  return [`${CONFIG}${configPath}`, FORCE];
}

export function withoutFipsFlags(flags: readonly string[]): string[] {
  return flags.filter((flag) => flag !== FORCE && !flag.startsWith(CONFIG));
}

/** @param flags those of the command line and of `$NODE_OPTIONS` */
export function areFipsFlags(flags: readonly string[], configPath: string): boolean {
  return fipsFlags(configPath).every((flag) => flags.includes(flag));
}
