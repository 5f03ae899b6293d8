/**
 * Session tickets under openssl while their secrets are rotated.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { ANY_TLS, sClient, startTerminator, WEB } from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

const secret = (octet: number): string => Buffer.alloc(32, octet).toString('base64');

describe.each(['-tls1_2', '-tls1_3'])('session tickets with %s', (version) => {
  it('resume in the overlap, under either secret, and not after it', async () => {
    await using directory = await openTempDir();
    await using running = await startTerminator();
    await using upstream = await startTcp((socket) => socket.end('inside'));
    const credentials = [await createOpensslCredential(['*.example.com'])];
    for (const host of ['a.example.com', 'b.example.com']) {
      const groups = host === 'a.example.com' ? ['P-256'] : ['P-384'];
      const terminate = { ...ANY_TLS, groups };
      running.serve(host, upstream.port, { protocol: 'tls', terminate, credentials });
    }
    const rotate = (...octets: number[]): Promise<void> =>
      running.terminator.configure({ ...running.settings, ticketSecrets: octets.map(secret) });
    const visit = async (host: string, ...args: string[]): Promise<string> => {
      const all = ['-servername', `${host}.example.com`, version, ...args];
      const { stdout } = await sClient(running.tlsPort, all, 'x');
      expect(stdout).toContain('inside');
      return /Reused|New(?=, T)/.exec(stdout)?.[0] ?? '';
    };
    const [old, recent] = [directory.file('old'), directory.file('recent')];
    await rotate(1);
    expect(await visit('a', '-sess_out', old)).toBe('New');
    await rotate(2, 1);
    expect(await visit('a', '-sess_in', old)).toBe('Reused');
    expect(await visit('b', '-sess_in', old)).toBe('New');
    expect(await visit('a', '-sess_out', recent)).toBe('New');
    expect(await visit('a', '-sess_in', recent)).toBe('Reused');
    await rotate(2);
    expect(await visit('a', '-sess_in', old)).toBe('New');
    expect(await visit('a', '-sess_in', recent)).toBe('Reused');
    await rotate(3, 2);
    expect(await visit('a', '-sess_in', recent)).toBe('Reused');
    expect(running.terminator.counters()).toMatchObject({ resumedHandshakes: 4 });
  });
});

describe('session tickets of HTTP/2 connections', () => {
  it('resume in the overlap, too', async () => {
    await using directory = await openTempDir();
    await using running = await startTerminator();
    await using upstream = await startHttp((_request, response) => response.end('ok'));
    running.serve('web.example.com', upstream.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [await createOpensslCredential(['web.example.com'])],
    });
    const visit = async (...args: string[]): Promise<string> => {
      const all = ['-servername', 'web.example.com', '-alpn', 'h2', ...args];
      // A preface without settings is answered with the end of the connection.
      const { stdout } = await sClient(
        running.tlsPort,
        all,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxx',
      );
      expect(stdout).toContain('ALPN protocol: h2');
      return /Reused|New(?=, T)/.exec(stdout)?.[0] ?? '';
    };
    const session = directory.file('session');
    expect(await visit('-sess_out', session)).toBe('New');
    await running.terminator.configure({
      ...running.settings,
      ticketSecrets: [secret(9), ...running.settings.ticketSecrets],
    });
    expect(await visit('-sess_in', session)).toBe('Reused');
  });
});
