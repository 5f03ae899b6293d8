/**
 * Terminator workers as processes, for one name and an upstream that the test chooses.
 *
 * @module
 */
import { systemClock } from '../../src/core/clock.ts';
import { parseName } from '../../src/core/names.ts';
import type { Credential } from '../../src/feed/feed.ts';
import { serveFeed } from '../../src/feed/ipc/serve-feed.ts';
import { DEFAULT_LIMITS, type TerminatorSettings } from '../../src/terminator/settings.ts';
import { startWorkers, type Workers } from '../../src/terminator/workers/supervisor.ts';
import { freePort } from './free-port.ts';
import { createMemoryFeed, type MemoryFeed } from './memory-feed.ts';
import { openTempDir } from './temp-dir.ts';
import { curl, HOST, SILENT, WEB } from './terminator.ts';

export const SERVED = 'a.example.com';

export interface WorkersPlace {
  readonly socketDir: string;
  readonly port: number;
  readonly count: number;
  readonly canSharePorts: boolean;
}

export interface RunningWorkers extends AsyncDisposable {
  readonly workers: Workers;
  readonly port: number;
  readonly settings: TerminatorSettings;
  readonly serve: (upstreamPort: number) => void;
  /** What the name answers, through one new connection. */
  readonly get: (port?: number) => Promise<string>;
  /** How many of those that serve have had a client. */
  readonly visited: () => Promise<number>;
}

/** @param place what is not there is chosen */
export async function startRunningWorkers(
  credential: Credential,
  place: Partial<WorkersPlace> = {},
): Promise<RunningWorkers> {
  const dir = await openTempDir();
  const { port = await freePort(), socketDir = dir.path } = place;
  const { count = 2, canSharePorts = true } = place;
  const feed = createMemoryFeed();
  const settings = settingsAt(port);
  const workers = await startAt({ socketDir, port, count, canSharePorts }, feed);
  const get = async (at = port): Promise<string> => (await curl(at, `https://${SERVED}/`)).stdout;
  return {
    workers,
    port,
    settings,
    get,
    serve: (upstreamPort) =>
      feed.put(
        {
          host: parseName(SERVED),
          protocol: 'https',
          terminate: WEB,
          upstreams: [{ scheme: 'http', target: { host: HOST, port: upstreamPort } }],
        },
        [credential],
      ),
    visited: async () => {
      await get();
      const reports = await workers.reports();
      return reports.filter(({ counters }) => counters.handshakes > 0).length;
    },
    [Symbol.asyncDispose]: async () => {
      await workers.stop(0);
      await dir[Symbol.asyncDispose]();
    },
  };
}

export function startAt(place: WorkersPlace, feed: MemoryFeed): Promise<Workers> {
  const { socketDir, port, count, canSharePorts } = place;
  return startWorkers(
    {
      entry: new URL('../../src/main/worker.ts', import.meta.url),
      release: 'test',
      logLevel: 'silent',
      ownVariables: Object.keys(process.env),
      socketDir,
      serveFeed: (channel) => void serveFeed(feed, channel),
      canSharePorts,
      log: SILENT,
      clock: systemClock,
    },
    settingsAt(port),
    count,
  );
}

function settingsAt(port: number): TerminatorSettings {
  return {
    listeners: [{ address: HOST, port, protocol: 'tls' }],
    noServerName: 'refuse',
    limits: DEFAULT_LIMITS,
    ticketSecrets: [Buffer.alloc(32, 7).toString('base64')],
    httpsPort: port,
  };
}
