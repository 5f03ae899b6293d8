/**
 * Client certificates under openssl and curl: who is let in, what upstreams learn, and that no
 * session carries the right to come in from one policy to another.
 *
 * @module
 */
import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, systemClock } from '../../src/core/clock.ts';
import type { ClientCertificatePolicy, Credential } from '../../src/feed/feed.ts';
import {
  type ClientAuthority,
  type ClientIdentity,
  createClientAuthority,
} from '../support/client-authority.ts';
import { openssl } from '../support/openssl.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { openTempDir, type TempDir } from '../support/temp-dir.ts';
import {
  ANY_TLS,
  curl,
  type RunningTerminator,
  sClient,
  startTerminator,
  WEB,
} from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

let directory: TempDir;
let credential: Credential;
let red: ClientAuthority;
let blue: ClientAuthority;
let alice: ClientIdentity;
let expired: ClientIdentity;
let revoked: ClientIdentity;
let stranger: ClientIdentity;
let redCrl: string;

beforeAll(async () => {
  directory = await openTempDir();
  credential = await createOpensslCredential(['*.example.com']);
  [red, blue] = await Promise.all([
    createClientAuthority(directory, 'red'),
    createClientAuthority(directory, 'blue'),
  ]);
  alice = await red.sign('alice ü, "A"', { sans: 'DNS:alice.example,email:alice@example.com' });
  expired = await red.sign('expired', { endDate: '20200101000000Z' });
  revoked = await red.sign('revoked');
  stranger = await blue.sign('stranger');
  await red.revoke(revoked);
  redCrl = await red.crl();
});
afterAll(() => directory[Symbol.asyncDispose]());

const shown = ({ certificateFile, keyFile }: ClientIdentity): string[] => [
  '-cert',
  certificateFile,
  '-key',
  keyFile,
];
const curlShown = ({ certificateFile, keyFile }: ClientIdentity): string[] => [
  '--cert',
  certificateFile,
  '--key',
  keyFile,
];

function serveTls(
  running: RunningTerminator,
  host: string,
  port: number,
  clientCertificates: ClientCertificatePolicy,
): void {
  const terminate = { ...ANY_TLS, clientCertificates };
  running.serve(host, port, { protocol: 'tls', terminate, credentials: [credential] });
}

describe.each(['-tls1_2', '-tls1_3'])('client certificates with %s', (version) => {
  it('lets in whom the mode lets in, and opens no upstream for others', async () => {
    let visits = 0;
    await using upstream = await startTcp((socket) => {
      visits += 1;
      socket.end('inside');
    });
    await using running = await startTerminator();
    const { caPem } = red;
    serveTls(running, 'request.example.com', upstream.port, { mode: 'request', caPem });
    serveTls(running, 'require.example.com', upstream.port, { mode: 'require' });
    serveTls(running, 'verify.example.com', upstream.port, {
      mode: 'verify',
      caPem,
      crlPem: redCrl,
    });
    const visit = async (host: string, args: string[]): Promise<string> => {
      const before = visits;
      const name = ['-servername', `${host}.example.com`];
      const { stdout, stderr } = await sClient(running.tlsPort, [...name, version, ...args]);
      expect(visits - before).toBe(stdout.includes('inside') ? 1 : 0);
      return stdout.includes('inside') ? 'inside' : (/alert [a-z ]+/.exec(stderr)?.[0] ?? 'closed');
    };
    const withoutAny =
      version === '-tls1_3' ? 'alert certificate required' : 'alert handshake failure';
    expect(await visit('request', [])).toBe('inside');
    expect(await visit('request', shown(stranger))).toBe('inside');
    expect(await visit('require', [])).toBe(withoutAny);
    expect(await visit('require', shown(stranger))).toBe('inside');
    expect(await visit('verify', [])).toBe(withoutAny);
    expect(await visit('verify', shown(alice))).toBe('inside');
    for (const refused of [stranger, expired, revoked]) {
      expect(await visit('verify', shown(refused))).not.toBe('inside');
    }
    expect(running.terminator.counters()).toMatchObject({ handshakes: 4, failedHandshakes: 5 });
  });

  it('lets in nobody whose certificate has expired, by the clock of the day', async () => {
    await using upstream = await startTcp((socket) => socket.end('inside'));
    const inSixDays = { ...systemClock, now: () => new Date(Date.now() + 6 * DAY_MS) };
    await using running = await startTerminator({ clock: inSixDays });
    const policy = { mode: 'verify', caPem: red.caPem } as const;
    serveTls(running, 'verify.example.com', upstream.port, policy);
    const name = ['-servername', 'verify.example.com', version];
    const { stdout } = await sClient(running.tlsPort, [...name, ...shown(alice)]);
    expect(stdout).not.toContain('inside');
  });

  it('resumes a session of its own policy only, and none after the authority changed', async () => {
    await using upstream = await startTcp((socket) => socket.end('inside'));
    await using running = await startTerminator();
    serveTls(running, 'red.example.com', upstream.port, { mode: 'verify', caPem: red.caPem });
    serveTls(running, 'blue.example.com', upstream.port, { mode: 'verify', caPem: blue.caPem });
    const session = directory.file(`session${version}`);
    const visit = async (host: string, ...args: string[]): Promise<string> => {
      const name = ['-servername', `${host}.example.com`, version];
      const { stdout } = await sClient(running.tlsPort, [...name, ...args], 'x');
      const handshake = /Reused, |New, (?!\(NONE\))/.exec(stdout)?.[0] ?? 'none, ';
      return handshake + (stdout.includes('inside') ? 'inside' : 'refused');
    };
    expect(await visit('red', ...shown(alice), '-sess_out', session)).toBe('New, inside');
    // The certificate itself is in the session: who resumes need not show it again.
    expect(await visit('red', '-sess_in', session)).toBe('Reused, inside');
    expect(await visit('blue', '-sess_in', session)).not.toContain('inside');
    expect(await visit('blue', '-sess_in', session, ...shown(alice))).not.toContain('inside');
    expect(await visit('blue', '-sess_in', session, ...shown(stranger))).toBe('New, inside');

    const change = (policy: ClientCertificatePolicy): void =>
      serveTls(running, 'red.example.com', upstream.port, policy);
    change({ mode: 'verify', caPem: blue.caPem });
    expect(await visit('red', '-sess_in', session)).not.toContain('inside');
    change({ mode: 'verify', caPem: red.caPem, crlPem: redCrl });
    expect(await visit('red', '-sess_in', session, ...shown(alice))).toBe('New, inside');
    change({ mode: 'verify', caPem: red.caPem });
    expect(await visit('red', '-sess_in', session)).toBe('Reused, inside');
  });
});

describe.each(['--http1.1', '--http2'])('client certificates with curl %s', (version) => {
  it('tells the upstream who the client is, whatever the client says itself', async () => {
    const received: IncomingHttpHeaders[] = [];
    await using upstream = await startHttp((request, response) => {
      received.push(request.headers);
      response.end('ok');
    });
    await using running = await startTerminator();
    running.serve('web.example.com', upstream.port, {
      protocol: 'https',
      terminate: { ...WEB, clientCertificates: { mode: 'request', caPem: red.caPem } },
      credentials: [credential],
    });
    const forged = [
      'X-Client-Cert-Verified: success',
      'x_client_cert_subject: CN=root',
      'Client-Cert: :AAAA:',
      'Client-Cert-Chain: :AAAA:',
    ].flatMap((header) => ['-H', header]);
    const visit = async (...args: string[]): Promise<IncomingHttpHeaders> => {
      const url = 'https://web.example.com/';
      const { stdout } = await curl(running.tlsPort, url, [version, ...forged, ...args]);
      expect(stdout).toBe('ok');
      const about = Object.entries(received.pop() ?? {}).filter(([name]) =>
        /client.cert/.test(name),
      );
      return Object.fromEntries(about);
    };
    const subject = await openssl([
      'x509',
      '-noout',
      '-subject',
      '-nameopt',
      'RFC2253',
      '-in',
      alice.certificateFile,
    ]);
    const { raw, serialNumber } = new X509Certificate(await readFile(alice.certificateFile));
    expect(await visit(...curlShown(alice))).toEqual({
      'client-cert': `:${raw.toString('base64')}:`,
      'x-client-cert-verified': 'success',
      'x-client-cert-subject': subject.trim().replace('subject=', ''),
      'x-client-cert-sans': 'DNS:alice.example, email:alice@example.com',
      'x-client-cert-fingerprint': createHash('sha256').update(raw).digest('hex'),
      'x-client-cert-serial': serialNumber.toLowerCase(),
    });
    const { 'x-client-cert-verified': verified } = await visit(...curlShown(stranger));
    expect(verified).toBe('failed');
    expect(await visit()).toEqual({});
  });

  it('passes no request of a refused client on', async () => {
    let requests = 0;
    await using upstream = await startHttp((_request, response) => {
      requests += 1;
      response.end('ok');
    });
    await using running = await startTerminator();
    running.serve('web.example.com', upstream.port, {
      protocol: 'https',
      terminate: { ...WEB, clientCertificates: { mode: 'verify', caPem: red.caPem } },
      credentials: [credential],
    });
    for (const args of [[], curlShown(stranger), curlShown(expired)]) {
      const visit = await curl(running.tlsPort, 'https://web.example.com/', [version, ...args]);
      expect(visit.status).not.toBe(0);
    }
    expect(requests).toBe(0);
    const visit = await curl(running.tlsPort, 'https://web.example.com/', [
      version,
      ...curlShown(alice),
    ]);
    expect(visit.stdout).toBe('ok');
  });
});
