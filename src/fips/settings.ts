/**
 * What the configuration says about FIPS mode.
 *
 * @module
 */

export interface FipsSettings {
  /** The provider's file, absolute; absent leaves it to `findModule`. */
  readonly module?: string;
  /** What `openssl fipsinstall` wrote for that file, absolute; absent leaves it to certctl. */
  readonly config?: string;
  /** `$OPENSSL_MODULES`, looked into first. */
  readonly modulesDirectory?: string;
}
