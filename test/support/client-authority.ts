/**
 * A CA made by the openssl program that signs and revokes client certificates.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { openssl } from './openssl.ts';
import type { TempDir } from './temp-dir.ts';

export interface ClientAuthority {
  readonly caPem: string;
  /** Signs a fresh certificate and key; returns their files, as `openssl s_client` takes them. */
  sign(commonName: string, options?: SignOptions): Promise<ClientIdentity>;
  revoke(identity: ClientIdentity): Promise<void>;
  /** The list of what was revoked until now; `args` as `openssl ca` takes them. */
  crl(args?: readonly string[]): Promise<string>;
}

export interface SignOptions {
  readonly sans?: string;
  /** As `openssl ca` takes it, e.g. 20200101000000Z. */
  readonly endDate?: string;
}

export interface ClientIdentity {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** `name` tells several authorities in one directory apart. */
export async function createClientAuthority(
  directory: TempDir,
  name: string,
): Promise<ClientAuthority> {
  const file = (suffix: string): string => directory.file(`${name}-${suffix}`);
  const [certificate, key, configuration] = [file('ca.pem'), file('ca.key'), file('ca.cnf')];
  await Promise.all([
    writeFile(file('index.txt'), ''),
    writeFile(file('index.txt.attr'), 'unique_subject = no\n'),
    writeFile(file('crlnumber'), '01\n'),
    writeFile(
      configuration,
      `[ca]\ndefault_ca = it\n[it]\ndatabase = ${file('index.txt')}\nnew_certs_dir = ${directory.path}
crlnumber = ${file('crlnumber')}\nrand_serial = yes\ndefault_md = sha256\ndefault_days = 5
default_crl_days = 5\npolicy = any\ncopy_extensions = copy\nx509_extensions = usual
certificate = ${certificate}\nprivate_key = ${key}
[any]\ncommonName = supplied\norganizationName = optional\n[usual]\nextendedKeyUsage = clientAuth\n`,
    ),
  ]);
  const newKey = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const subject = ['-utf8', '-subj', `/CN=${name} CA`];
  await openssl(['req', '-x509', ...newKey, ...subject, '-keyout', key, '-out', certificate]);
  let count = 0;
  return {
    caPem: await readFile(certificate, 'utf8'),
    sign: async (commonName, { sans, endDate } = {}) => {
      count += 1;
      const [request, signed, ownKey] = [`${count}.csr`, `${count}.pem`, `${count}.key`].map(file);
      const names = sans === undefined ? [] : ['-addext', `subjectAltName=${sans}`];
      const identity = ['-utf8', '-subj', `/O=Example/CN=${commonName}`, '-keyout', ownKey ?? ''];
      await openssl(['req', ...newKey, ...identity, ...names, '-out', request ?? '']);
      const end =
        endDate === undefined ? [] : ['-startdate', '20190101000000Z', '-enddate', endDate];
      const io = ['-in', request ?? '', '-out', signed ?? ''];
      await openssl(['ca', '-batch', '-notext', '-config', configuration, ...end, ...io]);
      return { certificateFile: signed ?? '', keyFile: ownKey ?? '' };
    },
    revoke: async ({ certificateFile }) =>
      void (await openssl(['ca', '-config', configuration, '-revoke', certificateFile])),
    crl: (args = []) => openssl(['ca', '-config', configuration, '-gencrl', ...args]),
  };
}
