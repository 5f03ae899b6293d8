/**
 * What openssl agrees on with each policy.
 *
 * @module
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CertificateCompression, Credential, TlsPolicy } from '../../src/feed/feed.ts';
import { TLS_PRESETS } from '../../src/feed/tls-presets.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import {
  ANY_TLS,
  HOST,
  type RunningTerminator,
  sClient,
  startTerminator,
} from '../support/terminator.ts';
import { startTcp } from '../support/upstreams.ts';

let credential: Credential;
beforeAll(async () => {
  credential = await createOpensslCredential(['a.example.com']);
});

/** Cipher, ephemeral key and version, or the alert. */
async function agreement(running: RunningTerminator, ...args: string[]): Promise<string> {
  const all = ['-servername', 'a.example.com', ...args];
  const { stdout, stderr } = await sClient(running.tlsPort, all);
  const handshake = /New, (TLSv1\.\d), Cipher is (\S+)/.exec(stdout);
  const group = /Server Temp Key: ([^,\n]+)/.exec(stdout)?.[1] ?? '';
  const version = /Protocol {2}: (\S+)/.exec(stdout)?.[1] ?? handshake?.[1] ?? '';
  return handshake === null
    ? (/alert [a-z ]+/.exec(stderr)?.[0] ?? 'nothing')
    : `${version} ${handshake[2]} ${group}`.trim();
}

async function withPolicy(
  policy: Partial<TlsPolicy>,
  use: (agree: (...args: string[]) => Promise<string>) => Promise<void>,
): Promise<void> {
  await using upstream = await startTcp((socket) => socket.end('inside'));
  await using running = await startTerminator();
  running.serve('a.example.com', upstream.port, {
    protocol: 'tls',
    terminate: { ...ANY_TLS, ...policy },
    credentials: [credential],
  });
  await use((...args) => agreement(running, ...args));
}

describe('TLS policies', () => {
  it('intermediate prefers AES-128, and ChaCha20 for clients that put it first', () =>
    withPolicy({}, async (agree) => {
      expect(await agree()).toMatch(/^TLSv1\.3 TLS_AES_128_GCM_SHA256/);
      expect(
        await agree('-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'),
      ).toMatch(/^TLSv1\.3 TLS_CHACHA20/);
      expect(await agree('-tls1_2')).toMatch(/^TLSv1\.2 ECDHE-ECDSA-AES128-GCM-SHA256/);
      expect(await agree('-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA')).toBe(
        'alert handshake failure',
      );
      expect(await agree('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')).toBe('alert protocol version');
    }));

  it('the order can be that of the client', () =>
    withPolicy({ cipherOrder: 'client' }, async (agree) => {
      expect(await agree()).toMatch(/TLS_AES_256_GCM_SHA384/);
    }));

  it('modern speaks TLS 1.3 only', () =>
    withPolicy(TLS_PRESETS.modern, async (agree) => {
      expect(await agree('-tls1_3')).toMatch(/^TLSv1\.3/);
      expect(await agree('-tls1_2')).toBe('alert protocol version');
    }));

  it('TLS 1.1 is there for whoever chooses it', () =>
    withPolicy(
      { minVersion: '1.1', ciphers: [...ANY_TLS.ciphers, 'ECDHE-ECDSA-AES128-SHA'] },
      async (agree) => {
        const old = await agree('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
        expect(old).toMatch(/^TLSv1\.1 ECDHE-ECDSA-AES128-SHA/);
        expect(await agree('-tls1', '-cipher', 'ALL:@SECLEVEL=0')).toBe('alert protocol version');
        expect(await agree()).toMatch(/^TLSv1\.3/);
      },
    ));

  it('groups are those of the policy, with a second try of the client where it guessed wrong', () =>
    withPolicy({ groups: ['P-384'] }, async (agree) => {
      expect(await agree('-groups', 'X25519:P-384')).toMatch(/ECDH$|P-384|secp384r1/);
      expect(await agree('-groups', 'X25519')).toBe('alert handshake failure');
    }));

  it.each(['zlib', 'brotli', 'zstd'] as const)(
    'certificates can be compressed with %s',
    async (method) => {
      await using upstream = await startTcp((socket) => socket.end('inside'));
      await using running = await startTerminator();
      const chain = { ...credential, chainPem: credential.chainPem.repeat(4) };
      running.serve('a.example.com', upstream.port, {
        protocol: 'tls',
        terminate: { ...ANY_TLS, certificateCompression: [method] },
        credentials: [chain],
      });
      const visit = async (certificateCompression: CertificateCompression[]): Promise<number> => {
        const raw = connect({ host: HOST, port: running.tlsPort });
        const context = createSecureContext({ certificateCompression });
        const options = { socket: raw, servername: 'a.example.com', rejectUnauthorized: false };
        const client = connectTls({ ...options, secureContext: context });
        await once(client, 'data');
        client.destroy();
        return raw.bytesRead;
      };
      const [plain, compressed] = [await visit([]), await visit([method])];
      expect(plain - compressed).toBeGreaterThan(500);
    },
  );

  it('a listener has its own', async () => {
    await using upstream = await startTcp((socket) => socket.end('inside'));
    await using running = await startTerminator({ listener: { policy: 'strict' } });
    const serve = (terminateAt: Record<string, TlsPolicy>): void =>
      running.serve('a.example.com', upstream.port, {
        protocol: 'tls',
        terminate: ANY_TLS,
        terminateAt,
        credentials: [credential],
      });
    serve({ strict: { ...TLS_PRESETS.modern, alpn: [] } });
    expect(await agreement(running, '-tls1_2')).toBe('alert protocol version');
    expect(await agreement(running)).toMatch(/^TLSv1\.3/);
    serve({ other: ANY_TLS });
    expect(await agreement(running)).toBe('alert internal error');
  });
});
