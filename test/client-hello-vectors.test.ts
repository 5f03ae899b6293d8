import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { parseName } from '../src/core/names.ts';
import { createTlsAlpnCertificate } from '../src/pki/tls-alpn.ts';
import { readClientHello } from '../src/wire/client-hello.ts';
import { CLIENT_HELLO_VECTORS } from './support/client-hello-vectors.ts';

const CONTENT_TYPE_HANDSHAKE = 22;

function sizes(isPostQuantum: boolean): number[] {
  return CLIENT_HELLO_VECTORS.filter(
    ({ expected }) => expected.postQuantumKeyShare === isPostQuantum,
  ).map(({ bytes }) => bytes.length);
}

describe('readClientHello on what real programs send', () => {
  it('has messages with and without a post-quantum key share to work on', () => {
    expect(Math.min(...sizes(true))).toBeGreaterThan(1_400);
    expect(Math.max(...sizes(false))).toBeLessThan(600);
  });

  it.each(CLIENT_HELLO_VECTORS)('reads $name', ({ bytes, expected }) => {
    expect(readClientHello(bytes)).toEqual({
      serverName: expected.serverName ?? undefined,
      unusableServerName: undefined,
      alpnProtocols: expected.alpnProtocols,
      supportedVersions: expected.supportedVersions,
      cipherSuites: expected.cipherSuites,
      signatureSchemes: expected.signatureSchemes,
      sessionTickets: expected.sessionTickets.map(
        (ticket) => new Uint8Array(Buffer.from(ticket, 'hex')),
      ),
      length: expected.length,
    });
  });

  it.each(CLIENT_HELLO_VECTORS)('agrees with the TLS library about $name', async ({ bytes }) => {
    const hello = readClientHello(bytes);
    const replayed = await replay(bytes);
    expect(hello).toMatchObject({
      serverName: replayed.serverName?.toLowerCase(),
      alpnProtocols: replayed.alpnProtocols,
    });
  });
});

/** What Node's TLS server reads from `bytes`; rejects when it does not go on with the handshake. */
async function replay(
  bytes: Buffer,
): Promise<{ serverName: string | undefined; alpnProtocols: string[] }> {
  const certificate = await createTlsAlpnCertificate(parseName('app.example.com'), 'unused');
  const read: Awaited<ReturnType<typeof replay>> = { serverName: undefined, alpnProtocols: [] };
  const server = createServer({
    cert: certificate.certificatePem,
    key: certificate.privateKeyPem,
    SNICallback: (serverName, callback) => {
      read.serverName = serverName;
      callback(null);
    },
    ALPNCallback: ({ protocols }) => {
      read.alpnProtocols = protocols;
      return protocols[0];
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    client.write(bytes);
    const [answer] = (await once(client, 'data')) as [Buffer];
    if (answer[0] !== CONTENT_TYPE_HANDSHAKE)
      throw new Error('the TLS library refuses the message');
    return read;
  } finally {
    client.destroy();
    server.close();
  }
}
