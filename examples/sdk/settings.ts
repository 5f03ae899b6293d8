/**
 * What the examples are about, from the environment: a CA of their own where none is named.
 *
 * `NAME`, `PORT` and `DATA_DIR` say what is served where; `DIRECTORY` is an ACME CA's directory, and
 * `CA_BUNDLE` a PEM file with the root of its API where the system does not know it.
 *
 * @module
 */
import type { ManagerOptions } from 'certctl';

const { env } = process;

export const name = env['NAME'] ?? 'app.localhost';
export const port = Number(env['PORT'] ?? 8443);

export const settings: ManagerOptions = {
  dataDir: env['DATA_DIR'] ?? 'certificates',
  certificates: [name],
  issuer:
    env['DIRECTORY'] === undefined
      ? 'internal'
      : {
          directory: env['DIRECTORY'],
          acceptTerms: true,
          ...(env['CA_BUNDLE'] === undefined ? {} : { caBundle: env['CA_BUNDLE'] }),
        },
};
