/**
 * Asks for each name that is served, as clients do, and compares what it gets with the store.
 *
 * @module
 */
import type { DaemonStatus } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import { keyAlgorithmOf } from '../core/certificate-spec.ts';
import { type Clock, type Random, SECOND_MS, after } from '../core/clock.ts';
import type { Name } from '../core/names.ts';
import { mapConcurrently } from '../core/concurrency.ts';
import { isAbort, toAppError } from '../core/errors.ts';
import { hostPort } from '../core/host-port.ts';
import type { Feed } from '../feed/feed.ts';
import { type ServedVerdict, judgeServed } from '../lifecycle/watch/judge-served.ts';
import type { Log } from '../observe/log.ts';
import type { CertificateWithIssuance, Store } from '../store/store.ts';
import { askServed } from './ask-served.ts';
import { type FindPlaces, type ServedPlace, createFindPlaces } from './served-names.ts';

export interface SelfCheckOptions {
  readonly store: Store;
  readonly feed: Pick<Feed, 'onChanged'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface SelfCheck {
  /** `undefined` where it is switched off. */
  state(): Promise<DaemonStatus['selfCheck']>;
  reconfigure(config: Config): void;
  stop(): Promise<void>;
}

interface Question {
  readonly certificateId: string;
  readonly place: ServedPlace;
}

const AT_ONCE = 4;
const PAGE = 100;
/** A round is to end in most of the time that there is for it, and must not be a burden. */
const MOST_A_SECOND = 50;
const LEAST_A_SECOND = 5;
const PART_OF_TIME = 0.8;
/** What has changed, and what seemed wrong, is looked at again after a moment. */
const LONGEST_MOMENT_MS = 60 * SECOND_MS;
const MOMENTS = 10;
const MOST_SOON = 1_000;

export function startSelfCheck(options: SelfCheckOptions, config: Config): SelfCheck {
  const { store, clock, random, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let settings = config.watch.selfCheck;
  let findPlaces: FindPlaces = createFindPlaces(config);
  let last: { readonly names: number; readonly endedAt: Date } | undefined;
  /** By certificate and name; those that are known to be faulty, and those that seem to be. */
  const faulty = new Set<string>();
  const suspects = new Map<string, Question>();
  const changed = new Set<Name>();
  const keyOf = ({ certificateId, place }: Question): string => `${certificateId} ${place.name}`;
  const moment = (): number =>
    Math.min(LONGEST_MOMENT_MS, (settings?.everyMs ?? LONGEST_MOMENT_MS * MOMENTS) / MOMENTS);

  const stopListening = options.feed.onChanged((change) => {
    if (change === 'everything') return;
    for (const name of change.names) if (changed.size < MOST_SOON) changed.add(name);
  });

  async function ask(question: Question, isSecondLook: boolean): Promise<void> {
    const verdict = await judge(question);
    const key = keyOf(question);
    if (verdict === undefined) {
      suspects.delete(key);
      if (faulty.delete(key)) await store.served.clear(question.certificateId, question.place.name);
      return;
    }
    // A new certificate needs a moment until it is served, and servers restart.
    if (!isSecondLook && !faulty.has(key) && suspects.size < MOST_SOON) {
      suspects.set(key, question);
      return;
    }
    suspects.delete(key);
    await report(question, verdict);
  }

  async function judge({ certificateId, place }: Question): Promise<ServedVerdict | undefined> {
    const covering = await store.certificates.covering(place.name);
    const own = covering.find(({ certificate }) => certificate.id === certificateId)?.issuance;
    if (own === undefined) return undefined;
    const keyAlgorithm = keyAlgorithmOf(own.keyType);
    const { host, port, name: serverName } = place;
    const served = await askServed({ host, port, serverName, keyAlgorithm }, signal);
    const current = covering.flatMap(({ issuance }) => issuance ?? []);
    return judgeServed(served, own, current);
  }

  async function report({ certificateId, place }: Question, verdict: ServedVerdict) {
    const now = clock.now();
    const address = hostPort({ address: place.host, port: place.port });
    const key = keyOf({ certificateId, place });
    const { name } = place;
    if (!faulty.has(key)) log.warn({ name, address, certificateId }, verdict.message);
    faulty.add(key);
    await store.served.report({
      ...verdict,
      certificateId,
      name,
      address,
      since: now,
      seenAt: now,
    });
  }

  function questionsOf({ certificate, issuance }: CertificateWithIssuance): Question[] {
    if (issuance === undefined) return [];
    const places = findPlaces(issuance.names);
    return places.map((place) => ({ certificateId: certificate.id, place }));
  }

  /** In slices, each of which takes the time that its size is worth. */
  async function round(everyMs: number): Promise<void> {
    const began = clock.now();
    // How many names there are is known after the first round.
    const expected = last?.names ?? Number.POSITIVE_INFINITY;
    const wanted = (expected * SECOND_MS) / (everyMs * PART_OF_TIME);
    const perSecond = Math.min(MOST_A_SECOND, Math.max(LEAST_A_SECOND, wanted));
    let names = 0;
    for (let from: string | undefined; ;) {
      const page = await store.certificates.list({
        limit: PAGE,
        ...(from === undefined ? {} : { after: from }),
      });
      const questions = page.flatMap(questionsOf);
      names += questions.length;
      const until = after(clock.now(), (questions.length * SECOND_MS) / perSecond);
      await mapConcurrently(questions, AT_ONCE, (question) => ask(question, false));
      from = page.at(-1)?.certificate.id;
      if (page.length < PAGE) break;
      await clock.sleep(until.getTime() - clock.now().getTime(), signal);
    }
    await store.served.forget(began);
    await rememberFaults();
    last = { names, endedAt: clock.now() };
  }

  async function rememberFaults(): Promise<void> {
    faulty.clear();
    for (const { certificateId, name } of await store.served.list()) {
      faulty.add(`${certificateId} ${name}`);
    }
  }

  async function lookSoon(): Promise<void> {
    const again = [...suspects.values()];
    const names = [...changed];
    changed.clear();
    const now: Question[] = [];
    for (const name of names) {
      const places = findPlaces([name]);
      for (const { certificate } of await store.certificates.covering(name)) {
        now.push(...places.map((place) => ({ certificateId: certificate.id, place })));
      }
    }
    await mapConcurrently(again, AT_ONCE, (question) => ask(question, true));
    await mapConcurrently(now, AT_ONCE, (question) => ask(question, false));
  }

  /** Returns how long to wait for the next time. */
  async function repeat(first: () => number, work: () => Promise<number>): Promise<void> {
    let wait = first();
    while (!signal.aborted) {
      try {
        await clock.sleep(wait, signal);
        wait = await work();
      } catch (thrown) {
        if (isAbort(thrown, signal)) return;
        log.warn({ err: toAppError(thrown) }, 'what is served could not be looked at');
        wait = moment();
      }
    }
  }

  const running = (async () => {
    await rememberFaults();
    await Promise.all([
      repeat(
        () => moment() * (1 + random()),
        async () => {
          if (settings === undefined) return moment();
          await round(settings.everyMs);
          // Several daemons of one site are not to ask at the same time.
          return (settings?.everyMs ?? moment()) * (0.9 + random() / 5);
        },
      ),
      repeat(moment, async () => {
        if (settings === undefined) changed.clear();
        else await lookSoon();
        return moment();
      }),
    ]);
  })();
  running.catch((thrown: unknown) => log.error({ err: toAppError(thrown) }, 'no self-check runs'));
  return {
    async state() {
      if (settings === undefined) return undefined;
      const faults = await store.served.count();
      const endedAt = last && { endedAt: last.endedAt.toISOString() };
      return { names: last?.names ?? 0, faults, ...endedAt };
    },
    reconfigure(wanted) {
      settings = wanted.watch.selfCheck;
      findPlaces = createFindPlaces(wanted);
      suspects.clear();
    },
    async stop() {
      stopping.abort();
      stopListening();
      await running.catch(() => undefined);
    },
  };
}
