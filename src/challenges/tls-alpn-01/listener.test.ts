import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../test/support/free-port.ts';
import { openssl } from '../../../test/support/openssl.ts';
import { fetchTlsCertificate } from '../../../test/support/validate-challenge.ts';
import type { Name } from '../../core/names.ts';
import { createAnswerCertificates } from '../answer-certificates.ts';
import { type AnswerBook, createAnswerBook } from '../answers.ts';
import type { Challenge, Solver } from '../solver.ts';
import { createTlsAlpn01Listener } from './listener.ts';
import { createTlsAlpn01Solver } from './solver.ts';

const { signal } = new AbortController();

let answers: AnswerBook;
let solver: Solver;
let port: number;
beforeEach(async () => {
  answers = createAnswerBook('tls-alpn-01');
  port = await freePort();
  const certificates = createAnswerCertificates();
  const listener = createTlsAlpn01Listener({ answers, certificates, port });
  solver = createTlsAlpn01Solver({ answers, certificates, listener });
});
afterEach(() => solver.close());

describe('createTlsAlpn01Listener', () => {
  it('shows OpenSSL a certificate with the critical identifier of the challenge', async () => {
    await solver.present(challengeFor('app.example.com'), signal);
    const connection = ['-connect', `127.0.0.1:${port}`, '-servername', 'app.example.com'];
    const handshake = await openssl(['s_client', ...connection, '-alpn', 'acme-tls/1']);
    expect(handshake).toContain('ALPN protocol: acme-tls/1');
    const certificate = await openssl(['x509', '-noout', '-text'], handshake);
    expect(certificate).toContain('DNS:app.example.com');
    expect(certificate).toContain('1.3.6.1.5.5.7.1.31: critical');
  });

  it.each([
    ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
    ['2001:db8::1', `${'1.'.padEnd(48, '0.')}8.b.d.0.1.0.0.2.ip6.arpa`],
  ])('answers for the address %s by its reverse name', async (address, serverName) => {
    await solver.present(challengeFor(address), signal);
    const certificate = await fetchTlsCertificate(port, serverName, ['acme-tls/1']);
    expect(certificate?.checkIP(address)).toBe(address);
  });

  it('makes one certificate for all connections', async () => {
    await solver.present(challengeFor('app.example.com'), signal);
    const [one, two] = await Promise.all(
      [1, 2].map(() => fetchTlsCertificate(port, 'app.example.com', ['acme-tls/1'])),
    );
    expect(one?.serialNumber).toBe(two?.serialNumber);
    expect(one).toBeDefined();
  });

  it.each([
    ['another name', 'other.example.com', ['acme-tls/1']],
    ['no name', '', ['acme-tls/1']],
    ['another protocol', 'app.example.com', ['h2', 'http/1.1']],
  ])('refuses %s', async (_title, serverName, protocols) => {
    await solver.present(challengeFor('app.example.com'), signal);
    expect(await fetchTlsCertificate(port, serverName, protocols)).toBeUndefined();
    expect(await fetchTlsCertificate(port, 'app.example.com', ['acme-tls/1'])).toBeDefined();
  });

  it('ends the connection after the handshake', async () => {
    await solver.present(challengeFor('app.example.com'), signal);
    const connection = ['-connect', `127.0.0.1:${port}`, '-servername', 'app.example.com'];
    // With its input open, s_client ends only when the server closes.
    const shown = await openssl(['s_client', '-ign_eof', ...connection, '-alpn', 'acme-tls/1']);
    expect(shown).toContain('closed');
  });

  it('survives bytes that are no handshake', async () => {
    await solver.present(challengeFor('app.example.com'), signal);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await buffer(socket);
    expect(await fetchTlsCertificate(port, 'app.example.com', ['acme-tls/1'])).toBeDefined();
  });

  it('names the port that is in use', async () => {
    await solver.present(challengeFor('app.example.com'), signal);
    const certificates = createAnswerCertificates();
    const listener = createTlsAlpn01Listener({ answers, certificates, port });
    await expect(listener.acquire()).rejects.toMatchObject({
      code: 'listener/in-use',
      mend: expect.stringContaining('--tls-alpn01-port'),
    });
  });
});

function challengeFor(name: string): Challenge {
  const token = `token-for-${name}`;
  const keyAuthorization = `${token}.thumbprint`;
  return { type: 'tls-alpn-01', name: name as Name, token, keyAuthorization };
}
