/**
 * The contract of solvers, for every adapter.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createAnswerCertificates } from '../../src/challenges/answer-certificates.ts';
import { createAnswerBook } from '../../src/challenges/answers.ts';
import { createDns01Solver } from '../../src/challenges/dns-01/solver.ts';
import { createHttp01Listener } from '../../src/challenges/http-01/listener.ts';
import { createHttp01Solver } from '../../src/challenges/http-01/solver.ts';
import { describeSolver } from '../../src/challenges/solver.contract.ts';
import { createTlsAlpn01Listener } from '../../src/challenges/tls-alpn-01/listener.ts';
import { createTlsAlpn01Solver } from '../../src/challenges/tls-alpn-01/solver.ts';
import { systemClock } from '../../src/core/clock.ts';
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

describeSolver({
  title: 'dns-01',
  open: async () => {
    const harness = await openExecHarness('add');
    const propagation = { timeoutMs: 1_000, extraWaitMs: 0, check: false };
    const credential = { name: 'test', provider: harness.provider, propagation };
    return {
      solver: createDns01Solver({ credential, clock: systemClock }),
      // RFC 8555 §8.4.
      isVisible: async ({ name, keyAuthorization }) => {
        const values = await harness.values(`_acme-challenge.${name}`);
        const digest = createHash('sha256').update(keyAuthorization).digest('base64url');
        return values.includes(digest);
      },
      [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
    };
  },
});
