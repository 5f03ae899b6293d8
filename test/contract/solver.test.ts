/**
 * The contract of solvers, for every adapter.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { describe } from 'vitest';
import { createAnswerCertificates } from '../../src/challenges/answer-certificates.ts';
import { createAnswerBook } from '../../src/challenges/answers.ts';
import { createDns01Solver } from '../../src/challenges/dns-01/solver.ts';
import { createDnsAccount01Solver } from '../../src/challenges/dns-account-01/solver.ts';
import { createDnsPersist01Solver } from '../../src/challenges/dns-persist-01/solver.ts';
import { createHttp01Listener } from '../../src/challenges/http-01/listener.ts';
import { createHttp01Solver } from '../../src/challenges/http-01/solver.ts';
import { describeSolver } from '../../src/challenges/solver.contract.ts';
import { createTlsAlpn01Listener } from '../../src/challenges/tls-alpn-01/listener.ts';
import { createTlsAlpn01Solver } from '../../src/challenges/tls-alpn-01/solver.ts';
import { systemClock } from '../../src/core/clock.ts';
import { parseName } from '../../src/core/names.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { openExecHarness } from '../support/dns-exec-harness.ts';
import { freePort } from '../support/free-port.ts';
import { validateHttp01, validateTlsAlpn01 } from '../support/validate-challenge.ts';

describeSolver({
  title: 'http-01',
  open: async () => {
    const answers = createAnswerBook('http-01');
    const port = await freePort();
    return {
      solver: createHttp01Solver({ answers, listener: createHttp01Listener({ answers, port }) }),
      isVisible: (challenge) => validateHttp01(challenge, port),
      [Symbol.asyncDispose]: async () => {},
    };
  },
});

describeSolver({
  title: 'tls-alpn-01',
  open: async () => {
    const answers = createAnswerBook('tls-alpn-01');
    const certificates = createAnswerCertificates();
    const port = await freePort();
    const listener = createTlsAlpn01Listener({ answers, certificates, port });
    return {
      solver: createTlsAlpn01Solver({ answers, certificates, listener }),
      isVisible: (challenge) => validateTlsAlpn01(challenge, port),
      [Symbol.asyncDispose]: async () => {},
    };
  },
});

/** draft-ietf-acme-dns-account-label-02 §3.2: the label of its example. */
const EXAMPLE_ACCOUNT = 'https://example.com/acme/acct/ExampleAccount';

describe.each([
  { type: 'dns-01', create: createDns01Solver, record: '_acme-challenge' },
  {
    type: 'dns-account-01',
    create: createDnsAccount01Solver,
    record: '_ujmmovf2vn55tgye._acme-challenge',
  },
])('by records that are written', ({ type, create, record }) => {
  describeSolver({
    title: type,
    more: { accountUrl: EXAMPLE_ACCOUNT },
    open: async () => {
      const harness = await openExecHarness('add');
      const propagation = { timeoutMs: 1_000, extraWaitMs: 0, check: false };
      const credential = { name: 'test', provider: harness.provider, propagation };
      return {
        solver: create({ credential, clock: systemClock }),
        // RFC 8555 §8.4.
        isVisible: async ({ name, keyAuthorization }) => {
          const values = await harness.values(`${record}.${name}`);
          const digest = createHash('sha256').update(keyAuthorization).digest('base64url');
          return values.includes(digest);
        },
        [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
      };
    },
  });
});

describeSolver({
  title: 'dns-persist-01',
  isStanding: true,
  more: {
    token: '',
    keyAuthorization: '',
    accountUrl: EXAMPLE_ACCOUNT,
    standing: { name: parseName('app.example.com'), issuerDomainNames: ['ca.example'] },
  },
  open: async () => {
    const value = `ca.example; accounturi=${EXAMPLE_ACCOUNT}`;
    const record = { name: '_validation-persist.app.example.com', type: 'TXT', value } as const;
    const server = await startDnsServer([record]);
    return {
      solver: createDnsPersist01Solver({ clock: systemClock, resolvers: [server.address] }),
      isVisible: async () => server.records.includes(record) && server.records.length === 1,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
});
