/**
 * Puts solvers together: which answers are given by whom.
 *
 * @module
 */
import { createAnswerCertificates } from '../challenges/answer-certificates.ts';
import { createAnswerBook } from '../challenges/answers.ts';
import type { ChallengeListener } from '../challenges/challenge-listener.ts';
import { createDns01Solver } from '../challenges/dns-01/solver.ts';
import { createDnsAccount01Solver } from '../challenges/dns-account-01/solver.ts';
import { createDnsPersist01Solver } from '../challenges/dns-persist-01/solver.ts';
import { createHttp01Listener } from '../challenges/http-01/listener.ts';
import { createHttp01Solver } from '../challenges/http-01/solver.ts';
import type { Solver, SolverSource } from '../challenges/solver.ts';
import { createTlsAlpn01Listener } from '../challenges/tls-alpn-01/listener.ts';
import { createTlsAlpn01Solver } from '../challenges/tls-alpn-01/solver.ts';
import type { ChallengeSettings, ChallengeType } from '../core/certificate-spec.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ChallengeRecordsOptions } from '../dns/challenge-records.ts';
import type { DelegationZone } from '../dns/delegation.ts';
import type { OpenResolver } from '../dns/resolver.ts';
import type { DnsCredential } from '../dns/provider.ts';
import type { AnswerQuery, ChallengeAnswer } from '../feed/feed.ts';

export interface SolverOptions {
  readonly findCredential: (name: string) => DnsCredential | undefined;
  /** Asked at each order; absent when nothing is delegated to us. */
  readonly delegation: () => DelegationZone | undefined;
  /** What the terminator answers from the books by itself, asked at each order. */
  readonly terminatorAnswers: () => { readonly http01: boolean; readonly tlsAlpn01: boolean };
  /** What other listeners of this process answer from the books. */
  readonly answering?: Answering | undefined;
  /** Who is asked for public records, asked at each order; the system's resolvers when absent. */
  readonly publicResolvers: () => readonly string[] | undefined;
  /** The system's resolver when absent. */
  readonly openResolver?: OpenResolver | undefined;
  readonly clock: Clock;
}

/** Taken while an answer is live; absent where a port of our own is opened for it. */
export interface Answering {
  readonly http01?: ChallengeListener;
  readonly tlsAlpn01?: ChallengeListener;
}

export interface Solvers extends SolverSource {
  /** The terminator's way to the answers. */
  findAnswer(query: AnswerQuery): Promise<ChallengeAnswer | undefined>;
}

const HTTP_PORT = 80;
const TLS_PORT = 443;

export function createSolvers({
  findCredential,
  delegation,
  terminatorAnswers,
  answering = {},
  publicResolvers,
  openResolver,
  clock,
}: SolverOptions): Solvers {
  const http01 = createAnswerBook('http-01');
  const tlsAlpn01 = createAnswerBook('tls-alpn-01');
  const certificates = createAnswerCertificates();
  const listeners = new Map<string, ChallengeListener>();

  /** Orders at the same time share one port. */
  function listenerAt(key: string, create: () => ChallengeListener): ChallengeListener {
    const known = listeners.get(key) ?? create();
    listeners.set(key, known);
    return known;
  }

  function http01Solver({ http01Port: port = HTTP_PORT }: ChallengeSettings): Solver {
    if (terminatorAnswers().http01) return createHttp01Solver({ answers: http01 });
    const listener =
      answering.http01 ??
      listenerAt(`http ${port}`, () => createHttp01Listener({ port, answers: http01 }));
    return createHttp01Solver({ answers: http01, listener });
  }

  function tlsAlpn01Solver({ tlsAlpn01Port: port = TLS_PORT }: ChallengeSettings): Solver {
    const options = { answers: tlsAlpn01, certificates };
    if (terminatorAnswers().tlsAlpn01) return createTlsAlpn01Solver(options);
    const listener =
      answering.tlsAlpn01 ??
      listenerAt(`tls ${port}`, () => createTlsAlpn01Listener({ port, ...options }));
    return createTlsAlpn01Solver({ ...options, listener });
  }

  function credentialOf(type: ChallengeType, { dns }: ChallengeSettings): DnsCredential {
    const credential = dns === undefined ? undefined : findCredential(dns);
    if (credential !== undefined) return credential;
    const message =
      dns === undefined ? `${type} needs a DNS credential` : `there is no DNS credential "${dns}"`;
    throw new AppError('dns/unknown-credential', message, {
      mend: 'Describe one under `dns:` in the configuration, and name it with --dns or `dns:`.',
    });
  }

  function recordsOf(type: ChallengeType, settings: ChallengeSettings): ChallengeRecordsOptions {
    const resolving = openResolver === undefined ? {} : { openResolver };
    const credential = credentialOf(type, settings);
    return { credential, delegation: delegation(), findCredential, clock, ...resolving };
  }

  return {
    solverFor(type, settings) {
      switch (type) {
        case 'http-01':
          return http01Solver(settings);
        case 'tls-alpn-01':
          return tlsAlpn01Solver(settings);
        case 'dns-01':
          return createDns01Solver(recordsOf(type, settings));
        case 'dns-account-01':
          return createDnsAccount01Solver(recordsOf(type, settings));
        case 'dns-persist-01':
          return createDnsPersist01Solver({ clock, resolvers: publicResolvers() });
      }
    },
    async findAnswer(query) {
      if (query.type === 'http-01') {
        const answer = http01.findByToken(query.token);
        return answer && { type: 'http-01', keyAuthorization: answer.keyAuthorization };
      }
      const answer = tlsAlpn01.findByName(query.name);
      if (answer === undefined) return undefined;
      return { type: 'tls-alpn-01', ...(await certificates.certificateFor(answer)) };
    },
  };
}
