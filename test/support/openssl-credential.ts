/**
 * Credentials made by the openssl program, so that tests do not rest on our own certificates.
 *
 * @module
 */
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { nameSet, parseName } from '../../src/core/names.ts';
import type { Credential } from '../../src/feed/feed.ts';
import { runProgram } from './program.ts';
import { openTempDir } from './temp-dir.ts';

/** Self-signed for `names`; `serial` tells two credentials of the same names apart. */
export async function createOpensslCredential(
  names: readonly string[],
  options: { readonly keyAlgorithm?: 'ec' | 'rsa'; readonly serial?: number } = {},
): Promise<Credential> {
  const { keyAlgorithm = 'ec', serial = 1 } = options;
  await using directory = await openTempDir();
  const [key, certificate] = [directory.file('key.pem'), directory.file('certificate.pem')];
  const keyOptions =
    keyAlgorithm === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] : ['rsa:2048'];
  const result = await runProgram('openssl', [
    ...[
      'req',
      '-x509',
      '-nodes',
      '-days',
      '30',
      '-subj',
      '/CN=test',
      '-set_serial',
      String(serial),
    ],
    ...['-newkey', ...keyOptions, '-keyout', key, '-out', certificate],
    ...['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join()}`],
  ]);
  if (result.status !== 0) throw new Error(result.stderr);
  const chainPem = await readFile(certificate, 'utf8');
  const leaf = new X509Certificate(chainPem);
  return {
    fingerprint256: createHash('sha256').update(leaf.raw).digest('hex'),
    names: nameSet(names.map(parseName)),
    keyAlgorithm,
    notAfter: Date.parse(leaf.validTo),
    chainPem,
    privateKeyPem: await readFile(key, 'utf8'),
  };
}
