/**
 * `createManager`: opens a manager, and loads what it is made of only then.
 *
 * @module
 */
import type { Manager } from './manager.ts';
import type { ManagerOptions } from './options.ts';

/**
 * Opens a data directory, obtains the certificates that are missing, and renews all that are in it
 * until the manager is closed. It resolves before anything is obtained, so that the program's
 * servers can answer the CA; see {@link Manager.ready}.
 *
 * Any number of processes may share one data directory.
 *
 * @example
 * ```ts
 * const manager = await createManager({
 *   dataDir: 'certificates',
 *   certificates: ['app.example.com'],
 *   challenge: 'tls-alpn-01',
 * });
 * const server = https.createServer({ SNICallback: sniCallback(manager) }, app);
 * manager.answerChallenges(server).listen(443);
 * ```
 *
 * @throws `config/invalid` with every option that is wrong; `store/…` and `keyring/…` when the data
 * directory cannot be used.
 */
export async function createManager(options: ManagerOptions): Promise<Manager> {
  const { openManager } = await import('./open-manager.ts');
  return openManager(options);
}
