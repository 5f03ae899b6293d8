import { afterEach, beforeEach, expect, it } from 'vitest';
import { openExecHarness } from '../../../test/support/dns-exec-harness.ts';
import { type DnsServer, startDnsServer } from '../../../test/support/dns-server.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import type { Name } from '../../core/names.ts';
import type { DnsCredential } from '../../dns/provider.ts';
import type { Progress } from '../../observe/progress.ts';
import type { Challenge, Solver } from '../solver.ts';
import { createDns01Solver } from './solver.ts';

const RECORD = '_acme-challenge.example.com';
// RFC 8555 §8.4 by other means: printf TEXT | openssl dgst -sha256 -binary | basenc --base64url
const WILDCARD = challengeFor('token-of-the-wildcard');
const BASE = challengeFor('token-of-the-base-name');

let host: Awaited<ReturnType<typeof openExecHarness>>;
let server: DnsServer;
let solver: Solver;
const { signal } = new AbortController();

beforeEach(async () => {
  host = await openExecHarness('add');
  server = await startDnsServer([]);
  const credential: DnsCredential = {
    name: 'test',
    provider: host.provider,
    propagation: {
      resolvers: [server.address],
      timeoutMs: 5_000,
      extraWaitMs: 0,
      check: true,
    },
  };
  solver = createDns01Solver({ credential, clock: createSteppingClock() });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
});

it('shows the digests for a wildcard and its base name beside each other', async () => {
  await solver.present(WILDCARD, signal);
  await solver.present(BASE, signal);
  const values = await host.values(RECORD);
  expect(values).toEqual([
    'f9Lwq5G-am9uS1pO8L43r0hR96iJ3Ze9lGJgxJLpyXw',
    'jgv061nQPcOpvk2R6D6Ocy12aRJtDGde3_q37FdSnFE',
  ]);
  const reports: Progress[] = [];
  server.records.push(...values.map((value) => ({ name: RECORD, type: 'TXT' as const, value })));
  await solver.awaitVisible([WILDCARD, BASE], (progress) => reports.push(progress), signal);
  expect(reports).toEqual([{ step: 'challenge-visible', message: `all servers have ${RECORD}` }]);
});

it('is not ready while one of two values is missing', async () => {
  await solver.present(BASE, signal);
  const [value = ''] = await host.values(RECORD);
  server.records.push({ name: RECORD, type: 'TXT', value });
  await expect(solver.awaitVisible([WILDCARD, BASE], () => {}, signal)).rejects.toMatchObject({
    code: 'challenge/not-ready',
  });
});

it('refuses an IP address', async () => {
  const challenge = { ...BASE, name: '192.0.2.1' as Name };
  await expect(solver.present(challenge, signal)).rejects.toMatchObject({
    code: 'name/address-needs-connection',
  });
});

function challengeFor(token: string): Challenge {
  const keyAuthorization = `${token}.thumbprint`;
  return { type: 'dns-01', name: 'example.com' as Name, token, keyAuthorization };
}
