/**
 * A daemon with its API, and tokens for those who look at its dashboard.
 *
 * @module
 */
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';

export interface DashboardSite extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly url: string;
  /** The secret of a new token. */
  createToken(role: string, ...bind: string[]): Promise<string>;
}

/** What the configuration needs; the port is given to `startSite`. */
export async function apiConfig(): Promise<{ text: string; port: number }> {
  const port = await freePort();
  return { text: `api: { address: "127.0.0.1:${port}" }\n`, port };
}

export async function startSite(config: string, port: number): Promise<DashboardSite> {
  const daemon = await startDaemon(config);
  return {
    daemon,
    url: `https://127.0.0.1:${port}/`,
    async createToken(role, ...bind) {
      const patterns = bind.flatMap((name) => ['--bind', `bind:${name}`]);
      const created = await daemon.run(
        'token',
        'create',
        `${role} of a test`,
        '--role',
        role,
        ...patterns,
      );
      if (created.status !== 0) throw new Error(created.stderr);
      return created.stdout.trim();
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
