/**
 * Clients of other make that wait for a certificate.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { ANY_TLS, sClient, startTerminator } from '../support/terminator.ts';
import { startTcp } from '../support/upstreams.ts';

const NAME = 'new.example.com';
const ASKING = ['-servername', NAME, '-tls1_3', '-no_ign_eof'];

describe('a handshake whose certificate is being made', () => {
  it('is held, and goes on with what was made', async () => {
    const credential = await createOpensslCredential([NAME]);
    await using upstream = await startTcp();
    await using running = await startTerminator();
    const endpoint = { protocol: 'tls', terminate: ANY_TLS } as const;
    running.serve(NAME, upstream.port, { ...endpoint, credentials: 'pending' });
    const clients = [1, 2, 3].map(() => sClient(running.tlsPort, ASKING, 'Q\n'));
    await expect.poll(() => running.terminator.counters().accepted).toBe(3);
    running.serve(NAME, upstream.port, { ...endpoint, credentials: [credential] });
    for (const { stdout } of await Promise.all(clients))
      expect(stdout).toMatch(/subject=CN ?= ?test/);
    expect(running.terminator.counters()).toMatchObject({ handshakes: 3, refused: 0 });
  });

  it('is refused by an alert when it takes too long, or too many wait already', async () => {
    await using upstream = await startTcp();
    await using running = await startTerminator({
      limits: { handshakeMs: 1_500, waitingHandshakes: 1 },
    });
    const endpoint = { protocol: 'tls', terminate: ANY_TLS, credentials: 'pending' } as const;
    running.serve(NAME, upstream.port, endpoint);
    const first = sClient(running.tlsPort, ASKING);
    await expect.poll(() => running.terminator.counters().accepted).toBe(1);
    const begun = performance.now();
    expect((await sClient(running.tlsPort, ASKING)).stderr).toContain('internal error');
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect((await first).stderr).toContain('internal error');
    expect(running.terminator.counters()).toMatchObject({ refused: 2, handshakes: 0 });
  });

  it('is refused by name when there is to be none', async () => {
    await using upstream = await startTcp();
    await using running = await startTerminator();
    const endpoint = { protocol: 'tls', terminate: ANY_TLS, credentials: 'pending' } as const;
    running.serve(NAME, upstream.port, endpoint);
    const client = sClient(running.tlsPort, ASKING);
    await expect.poll(() => running.terminator.counters().accepted).toBe(1);
    running.feed.remove(NAME);
    expect((await client).stderr).toContain('unrecognized name');
  });
});
