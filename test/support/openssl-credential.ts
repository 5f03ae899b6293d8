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
  const args = ['req', '-x509', '-nodes', '-days', '30', '-subj', '/CN=test'];
  args.push('-set_serial', String(serial), '-keyout', key, '-out', certificate);
  args.push('-newkey', ...keyOptions);
  args.push('-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join()}`);
  const result = await runProgram('openssl', args);
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
