/**
 * A daemon with one terminated endpoint in front of an echo, on a configuration that can change.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { childrenOf, type Daemon, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import { isRunning } from './is-running.ts';
import { openTempDir, type TempDir } from './temp-dir.ts';
import { connectTls, echo, type TlsTarget } from './tls-client.ts';
import { startTcp } from './upstreams.ts';

export const APP = 'app.example.com';

export interface Serving extends AsyncDisposable {
  readonly dir: TempDir;
  readonly config: string;
  readonly port: number;
  /** Of the first daemon. */
  readonly target: TlsTarget;
  readonly daemon: Daemon;
  /** Starts another daemon on the same data directory. */
  startAgain(): Promise<Daemon>;
  write(keys: ServingKeys): Promise<void>;
  /** Saves the keys and waits until the running daemon has applied or refused them. */
  reload(keys: ServingKeys, daemon?: Daemon): Promise<string>;
  /** Those that take new connections or finish old ones. */
  workers(): Promise<number[]>;
}

export interface ServingKeys {
  /** Addresses with ports; one on the port of the target without it. */
  readonly listeners?: readonly string[];
  readonly workers?: number;
  readonly more?: string;
}

export async function startServing(keys: ServingKeys = {}): Promise<Serving> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await openTempDir());
  const upstream = stack.use(await startTcp());
  const port = await freePort();
  const config = dir.file('certctl.yaml');
  const write = ({ listeners, workers = 2, more = '' }: ServingKeys): Promise<void> =>
    writeFile(
      config,
      `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
listeners: [${(listeners ?? [`127.0.0.1:${port}`]).map((address) => `{ address: "${address}" }`).join(', ')}]
endpoints:
  - host: ${APP}
    protocol: tls
    terminateTls: {}
    upstream: "tcp://127.0.0.1:${upstream.port}"
workers: ${workers}
${more}
`,
    );
  await write(keys);
  const daemons: Daemon[] = [];
  const start = async (): Promise<Daemon> => {
    const daemon = stack.use(await startDaemon(config));
    daemons.push(daemon);
    return daemon;
  };
  const daemon = await start();
  const { rootPem } = await daemon.json<{ rootPem: string }>('ca', 'export');
  await expect.poll(async () => (await daemon.run('list')).stdout, SOON).toContain('valid');
  const target = { port, host: APP, roots: rootPem };
  const owned = stack.move();
  return {
    dir,
    config,
    port,
    target,
    daemon,
    write,
    startAgain: async () => {
      const again = await startDaemon(config);
      owned.use(again);
      daemons.push(again);
      return again;
    },
    reload: async (changed, running = daemon) => {
      const length = running.program.output.length;
      const said = () => running.program.output.slice(length).split('\n').find(isVerdict);
      await write(changed);
      running.program.kill('SIGHUP');
      await expect.poll(said, SOON).toBeDefined();
      return said() ?? '';
    },
    workers: async () => {
      const found = await Promise.all(daemons.map(({ program }) => childrenOf(program.pid)));
      return found.flat().filter(isRunning);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** So many connections reach every one of a few workers, which then know the endpoint. */
export async function visit(target: TlsTarget, times = 24): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    const socket = await connectTls(target);
    await echo(socket, 'visit');
    socket.destroy();
  }
}

const SOON = { timeout: 20_000, interval: 50 };

function isVerdict(line: string): boolean {
  return line.includes('configuration applied') || line.includes('configuration refused');
}
