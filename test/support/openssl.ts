/**
 * What OpenSSL's command line says about our certificates: a judge that shares no code with us.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { runProgram } from './program.ts';
import { openTempDir } from './temp-dir.ts';

const TIMEOUT_MS = 15_000;

/** Fails unless the first certificate of `chainPem` chains up to one of `rootsPem` at that time. */
export async function verifyChain(
  chainPem: string,
  rootsPem: string,
  at = new Date(),
): Promise<void> {
  await using directory = await openTempDir();
  const chain = directory.file('chain.pem');
  const roots = directory.file('roots.pem');
  await writeFile(chain, chainPem);
  await writeFile(roots, rootsPem);
  const isolated = ['-no-CAfile', '-no-CApath', '-no-CAstore'];
  await openssl([
    'verify',
    ...isolated,
    '-x509_strict',
    '-attime',
    String(Math.floor(at.getTime() / 1000)),
    '-CAfile',
    roots,
    '-untrusted',
    chain,
    chain,
  ]);
}

export interface WireQuestion {
  readonly port: number;
  readonly servername: string;
  readonly alpn?: string;
  /** The signature algorithms that the client offers, as OpenSSL names them. */
  readonly sigalgs?: string;
  readonly version?: '1.2' | '1.3';
}

/** The serial (upper-case hex) of the certificate that a TLS server on loopback presents. */
export async function serialOnWire(question: WireQuestion): Promise<string> {
  return serialOf(await certificateOnWire(question));
}

/** That certificate itself, as PEM. */
export async function certificateOnWire(question: WireQuestion): Promise<string> {
  const { port, servername, alpn, sigalgs, version } = question;
  const offer = [
    ...(alpn === undefined ? [] : ['-alpn', alpn]),
    ...(sigalgs === undefined ? [] : ['-sigalgs', sigalgs]),
    ...(version === undefined ? [] : [`-tls${version.replace('.', '_')}`]),
  ];
  const connect = ['-connect', `127.0.0.1:${port}`, '-servername', servername, ...offer];
  const handshake = await openssl(['s_client', ...connect]);
  const leaf = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(handshake)?.[0];
  if (leaf === undefined) throw new Error(`openssl saw no certificate:\n${handshake}`);
  return leaf;
}

/** The serial (upper-case hex) of the first certificate in `pem`. */
export async function serialOf(pem: string): Promise<string> {
  const text = await openssl(['x509', '-noout', '-serial'], pem);
  return text.trim().replace('serial=', '');
}

/** A key and a self-signed certificate for localhost and 127.0.0.1, both written as PEM. */
export async function createServerCertificate(
  certificateFile: string,
  keyFile: string,
): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    keyFile,
  ];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await openssl(['req', '-x509', '-days', '2', ...names, ...key, '-out', certificateFile]);
}

/** Runs `openssl` and returns its standard output; fails with what it said. */
export async function openssl(args: readonly string[], input = ''): Promise<string> {
  const result = await runProgram('openssl', args, { input, timeoutMs: TIMEOUT_MS });
  if (result.status === 0) return result.stdout;
  throw new Error(`openssl ${args[0] ?? ''} failed:\n${result.stdout}${result.stderr}`);
}
