/**
 * Answers dns-persist-01 challenges by a record that is there already (draft-ietf-acme-dns-persist-01):
 * the operator sets it once, nothing is written here, and no key authorization is published.
 * Experimental.
 *
 * @module
 */
import { type Clock, SECOND_MS, after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { displayName, isAddress, isWildcard } from '../../core/names.ts';
import {
  judgePersistServers,
  type PersistLook,
  type PersistQuestion,
  persistRecordName,
  persistRecordText,
} from '../../dns/persist-record.ts';
import { type OpenResolver, openSystemResolver } from '../../dns/resolver.ts';
import { findTxtAtServers } from '../../dns/txt-at-servers.ts';
import type { Challenge, Solver } from '../solver.ts';

export interface DnsPersist01SolverOptions {
  readonly clock: Clock;
  /** Who is asked for public records; the system's resolvers when absent. */
  readonly resolvers?: readonly string[] | undefined;
  /** The system's resolver when absent. */
  readonly openResolver?: OpenResolver;
}

/** Servers copy a record from each other; one that nobody has is not waited for. */
const COPIED_WITHIN_MS = 60 * SECOND_MS;
const LOOK_AGAIN_MS = 3 * SECOND_MS;

export function createDnsPersist01Solver({
  clock,
  resolvers,
  openResolver = openSystemResolver,
}: DnsPersist01SolverOptions): Solver {
  async function look(question: PersistQuestion, signal: AbortSignal): Promise<PersistLook> {
    const record = persistRecordName(question.name);
    const found = await findTxtAtServers(record, openResolver, resolvers, signal);
    return judgePersistServers(found, question, clock.now());
  }

  return {
    type: 'dns-persist-01',
    present: async (challenge, signal) => {
      signal.throwIfAborted();
      questionOf(challenge);
    },
    async awaitVisible(challenges, report, signal) {
      signal.throwIfAborted();
      const giveUpAt = after(clock.now(), COPIED_WITHIN_MS);
      let reported: string | undefined;
      for (const question of challenges.map(questionOf)) {
        for (;;) {
          const { accepting, lacking, silent } = await look(question, signal);
          if (accepting > 0 && lacking.length === 0) {
            for (const message of silent) report({ step: 'warning', message });
            const message = `${persistRecordName(question.name)} lets this account prove ${displayName(question.name)}`;
            report({ step: 'challenge-visible', message });
            break;
          }
          const why = lacking[0] ?? silent[0] ?? '';
          if (accepting === 0 || clock.now() >= giveUpAt) throw notSet(question, why);
          if (why !== reported) report({ step: 'waiting', message: why });
          reported = why;
          await clock.sleep(LOOK_AGAIN_MS, signal);
        }
      }
    },
    cleanUp: async () => {},
    close: async () => {},
  };
}

function questionOf({ name, accountUrl, standing }: Challenge): PersistQuestion {
  if (isAddress(name)) {
    // RFC 8738 §7.
    throw new AppError('name/address-needs-connection', `cannot prove ${name} by dns-persist-01`, {
      mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
      context: { name },
    });
  }
  if (accountUrl === undefined || standing === undefined) {
    throw new TypeError('a dns-persist-01 challenge without its account or issuers');
  }
  return { name: standing.name, issuerDomainNames: standing.issuerDomainNames, accountUrl };
}

function notSet(question: PersistQuestion, why: string): AppError {
  const { name } = question;
  const argument = isWildcard(name) ? `'${name}'` : name;
  return new AppError(
    'challenge/not-ready',
    `cannot prove ${displayName(name)} by dns-persist-01: ${why}`,
    {
      mend: `Set what \`certctl dns persist ${argument}\` prints for this issuer: ${persistRecordText(question)}`,
      context: { name },
    },
  );
}
