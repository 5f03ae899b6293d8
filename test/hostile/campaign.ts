/**
 * All attacks in rounds, in an order by chance, while honest clients come and go.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import { mulberry32 } from '../support/seeded-faults.ts';
import type { Attack } from './attack.ts';
import { type HonestReport, startHonestClients } from './honest-clients.ts';
import { HTTP2_ATTACKS } from './http2-attacks.ts';
import { HTTP_ATTACKS } from './http-attacks.ts';
import { affordableConnections, idleConnections } from './idle-connections.ts';
import { readUse, type Site, startSite, type WorkerUse } from './site.ts';
import { TLS_ATTACKS } from './tls-attacks.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** No attack begins after it, except that each has its turn at least once. */
  readonly ms: number;
  readonly idleConnections: number;
  readonly say?: (line: string) => void;
}

export interface CampaignReport {
  readonly attacks: number;
  readonly workersBefore: readonly number[];
  readonly workersAfter: readonly number[];
  /** Of the worker that has most: after a first round, at any time, and when all is over. */
  readonly use: Readonly<Record<'first' | 'most' | 'last', WorkerUse>>;
  readonly honest: HonestReport;
  /** What the daemon wrote that is an error. */
  readonly errors: readonly string[];
}

export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const { seed, ms, say = () => {} } = options;
  const random = mulberry32(seed);
  const idle = idleConnections(await affordableConnections(options.idleConnections));
  const attacks = [...TLS_ATTACKS, ...HTTP_ATTACKS, ...HTTP2_ATTACKS, idle];
  await using site = await startSite();
  const workersBefore = await site.workers();
  let current = 'nothing';
  let ran = 0;
  let most = await useOf(site);
  const honest = startHonestClients(site.target, site.roots, () => current);

  const round = async (deadline: number): Promise<void> => {
    for (const attack of shuffled(attacks, random)) {
      if (performance.now() > deadline) return;
      current = attack.name;
      const begin = performance.now();
      let use = await useOf(site);
      const sampler = setInterval(() => {
        void useOf(site).then((now) => (use = larger(use, now)));
      }, SAMPLE_MS);
      await attack.run(site.target, mulberry32(Math.floor(random() * 2 ** 32)));
      clearInterval(sampler);
      ran += 1;
      use = larger(use, await useOf(site));
      most = larger(most, use);
      say(`${attack.name}: ${Math.round(performance.now() - begin)} ms, ${describe(use)}`);
    }
  };

  const end = performance.now() + ms;
  await round(Infinity);
  current = 'a pause';
  await wait(SETTLE_MS);
  const first = await useOf(site);
  say(`after the first round: ${describe(first)}`);
  while (performance.now() < end) await round(end);
  const report = await honest.stop();
  current = 'a pause';
  await wait(SETTLE_MS);
  const last = await useOf(site);
  return {
    attacks: ran,
    workersBefore,
    workersAfter: await site.workers(),
    use: { first, most, last },
    honest: report,
    errors: site.errors,
  };
}

const SAMPLE_MS = 250;
/** Longer than the limits of the site let any connection be silent. */
const SETTLE_MS = 11_000;

export function describe({ rssBytes, descriptors }: WorkerUse): string {
  return `${Math.round(rssBytes / 1_048_576)} MiB and ${descriptors} descriptors at most in a worker`;
}

async function useOf(site: Site): Promise<WorkerUse> {
  const uses = await Promise.all((await site.workers()).map(readUse));
  return uses.reduce(larger, { rssBytes: 0, descriptors: 0 });
}

function larger(left: WorkerUse, right: WorkerUse): WorkerUse {
  return {
    rssBytes: Math.max(left.rssBytes, right.rssBytes),
    descriptors: Math.max(left.descriptors, right.descriptors),
  };
}

function shuffled(attacks: readonly Attack[], random: () => number): Attack[] {
  return attacks
    .map((attack) => ({ attack, rank: random() }))
    .toSorted((left, right) => left.rank - right.rank)
    .map(({ attack }) => attack);
}
