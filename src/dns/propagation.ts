/**
 * Waits until every name server of a zone shows the TXT records that the CA will ask for.
 *
 * @module
 */
import { after, type Clock, SECOND_MS } from '../core/clock.ts';
import { mapConcurrently } from '../core/concurrency.ts';
import { AppError, systemCode } from '../core/errors.ts';
import type { Reporter } from '../observe/progress.ts';
import { followAlias } from './alias.ts';
import { findRecordLocation, type NameServer, type RecordLocation } from './name-servers.ts';
import {
  describeObservation,
  describeServers,
  judgePropagation,
  type Observation,
} from './propagation-judgement.ts';
import type { PropagationSettings, TxtRecord } from './provider.ts';
import { askForAll, type DnsResolver, type OpenResolver, openSystemResolver } from './resolver.ts';

export interface PropagationRequest {
  readonly records: readonly TxtRecord[];
  readonly settings: PropagationSettings;
  readonly clock: Clock;
  readonly report: Reporter;
  /** The system's resolver when absent. */
  readonly openResolver?: OpenResolver;
  readonly onSeen?: SeenAt;
}

/** Called once for each server and name, when it has all values. */
export type SeenAt = (seen: { readonly server: string; readonly name: string }) => void;

/** @throws `challenge/not-ready` with what each server said. */
export async function awaitPropagation(
  request: PropagationRequest,
  signal: AbortSignal,
): Promise<void> {
  const { records, settings, clock, report } = request;
  signal.throwIfAborted();
  if (settings.check && records.length > 0) await pollUntilVisible(request, signal);
  if (settings.extraWaitMs > 0) {
    const seconds = Math.ceil(settings.extraWaitMs / SECOND_MS);
    report({ step: 'waiting', message: `waiting ${seconds} s more for the DNS host` });
    await clock.sleep(settings.extraWaitMs, signal);
  }
}

async function pollUntilVisible(request: PropagationRequest, signal: AbortSignal): Promise<void> {
  const { settings, clock } = request;
  const giveUpAt = after(clock.now(), settings.timeoutMs);
  await pollUntil(createPoll(request, locateAtZone), request, { who: 'servers', giveUpAt }, signal);
  const { recursors } = settings;
  if (recursors === undefined) return;
  // Only now: what they do not find they remember for long.
  const locate: Locate = async (name) => ({ name, servers: recursors.map(asServer), lost: [] });
  const stage = { who: 'public resolvers', giveUpAt };
  await pollUntil(createPoll(request, locate), request, stage, signal);
}

interface Stage {
  /** Who is asked, for people. */
  readonly who: string;
  readonly giveUpAt: Date;
}

async function pollUntil(
  poll: Poll,
  request: PropagationRequest,
  { who, giveUpAt }: Stage,
  signal: AbortSignal,
): Promise<void> {
  const { clock, report } = request;
  let delayMs = FIRST_DELAY_MS;
  let reported: string | undefined;
  let warned = false;
  for (;;) {
    const { observations, lost, cause } = await poll(signal);
    if (!warned) for (const message of lost) report({ step: 'warning', message });
    warned ||= lost.length > 0;
    const judgement =
      cause === undefined
        ? judgePropagation(observations)
        : { state: 'waiting' as const, why: describeFailure(cause) };
    if (judgement.state === 'visible') {
      for (const seen of judgement.silent) {
        report({ step: 'warning', message: describeObservation(seen) });
      }
      report({ step: 'challenge-visible', message: `all ${who} have ${namesOf(request)}` });
      return;
    }
    const state = cause === undefined ? describeServers(observations) : judgement.why;
    if (state !== reported) report({ step: 'waiting', message: state });
    reported = state;
    const leftMs = giveUpAt.getTime() - clock.now().getTime();
    if (leftMs <= 0) throw notVisible(request, observations, judgement.why, cause);
    await clock.sleep(Math.min(delayMs, leftMs), signal);
    delayMs = Math.min(Math.round(delayMs * DELAY_GROWTH), LONGEST_DELAY_MS);
  }
}

interface PollResult {
  readonly observations: readonly Observation[];
  readonly lost: readonly string[];
  /** Why the servers to ask are not known. */
  readonly cause?: unknown;
}

type Poll = (signal: AbortSignal) => Promise<PollResult>;

/** Where the records of `name` are to be looked for. */
type Locate = (
  name: string,
  openResolver: OpenResolver,
  settings: PropagationSettings,
  signal: AbortSignal,
) => Promise<RecordLocation>;

const locateAtZone: Locate = async (name, openResolver, { resolvers }, signal) => {
  if (resolvers === undefined) {
    return findRecordLocation(name, openResolver, openResolver(), signal);
  }
  const target = await followAlias(name, openResolver(resolvers), signal);
  return { name: target, servers: resolvers.map(asServer), lost: [] };
};

function asServer(address: string): NameServer {
  return { label: address, address };
}

function createPoll(request: PropagationRequest, locate: Locate): Poll {
  const openResolver = request.openResolver ?? openSystemResolver;
  const { settings } = request;
  const locations = new Map<string, RecordLocation>();
  const failures = new Map<string, number>();
  const seen = new Set<string>();
  const wanted = Map.groupBy(request.records, ({ name }) => name);

  const locateOnce = async (
    name: string,
    signal: AbortSignal,
  ): Promise<readonly [string, RecordLocation]> => {
    const found = locations.get(name) ?? (await locate(name, openResolver, settings, signal));
    locations.set(name, found);
    return [name, found];
  };

  const observe = async (
    { name, location, server, resolver }: Question,
    signal: AbortSignal,
  ): Promise<Observation> => {
    const key = `${server.address} ${name}`;
    const values = new Set(wanted.get(name)?.map(({ value }) => value));
    try {
      const found = await askForAll(resolver, (dns) => dns.resolveTxt(location.name), signal);
      failures.delete(key);
      const present = new Set(found.map((chunks) => chunks.join('')));
      const missing = [...values].filter((value) => !present.has(value)).length;
      if (missing === 0 && !seen.has(key)) {
        seen.add(key);
        request.onSeen?.({ server: server.label, name });
      }
      return { server: server.label, name, state: 'answered', wanted: values.size, missing };
    } catch (thrown) {
      signal.throwIfAborted();
      const times = (failures.get(key) ?? 0) + 1;
      failures.set(key, times);
      const reason = systemCode(thrown) ?? 'error';
      return { server: server.label, name, state: 'failed', reason, times };
    }
  };

  return async (signal) => {
    // New ones for every poll, one for each server: older c-ares keep answers for an hour.
    const byAddress = new Map<string, DnsResolver>();
    const resolverOf = ({ address }: NameServer): DnsResolver => {
      const resolver = byAddress.get(address) ?? openResolver([address]);
      byAddress.set(address, resolver);
      return resolver;
    };
    try {
      // A certificate can have a hundred names, most of them in one zone.
      const located = await mapConcurrently([...wanted.keys()], AT_ONCE, (name) =>
        locateOnce(name, signal),
      );
      const questions = located.flatMap(([name, location]) =>
        location.servers.map((server) => ({
          name,
          location,
          server,
          resolver: resolverOf(server),
        })),
      );
      return {
        observations: await mapConcurrently(questions, MOST_QUESTIONS, (question) =>
          observe(question, signal),
        ),
        lost: [...new Set(located.flatMap(([, { lost }]) => lost))],
      };
    } catch (thrown) {
      signal.throwIfAborted();
      return { observations: [], lost: [], cause: thrown };
    }
  };
}

interface Question {
  /** As it was asked for; the record itself may lie elsewhere. */
  readonly name: string;
  readonly location: RecordLocation;
  readonly server: NameServer;
  readonly resolver: DnsResolver;
}

function notVisible(
  request: PropagationRequest,
  observations: readonly Observation[],
  why: string,
  cause: unknown,
): AppError {
  const names = namesOf(request);
  const seconds = Math.round(request.settings.timeoutMs / SECOND_MS);
  return new AppError(
    'challenge/not-ready',
    `the TXT records of ${names} were not visible within ${seconds} s: ${why}`,
    {
      mend: 'Check that the zone is served by this DNS host, or give the credential a longer propagation timeout.',
      context: { names, servers: observations.map(describeObservation) },
      cause,
    },
  );
}

function namesOf({ records }: PropagationRequest): string {
  return [...new Set(records.map(({ name }) => name))].join(', ');
}

function describeFailure(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

const AT_ONCE = 8;
const MOST_QUESTIONS = 64;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 5 * SECOND_MS;
const DELAY_GROWTH = 1.5;
