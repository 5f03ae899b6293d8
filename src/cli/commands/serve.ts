/**
 * `certctl serve`
 *
 * @module
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  type CommonOptions,
  SOCKET,
  loadConfigFor,
  runAction,
  withCommonOptions,
} from '../session.ts';

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .summary('run the daemon: scheduler and terminator')
    .description(
      'Runs the daemon in the foreground: renews what is managed, and terminates TLS on the ' +
        'listeners of the configuration. SIGHUP applies a changed configuration, SIGTERM stops, ' +
        'SIGUSR2 ends all but the workers, which the next certctl serve takes over.',
    );
  withCommonOptions(command).action((options: CommonOptions) =>
    runAction(options, async ({ environment, loadConfig, signal }) => {
      const config = await loadConfig();
      const { runDaemon } = await import('../../main/daemon.ts');
      await runDaemon(
        {
          config,
          socketPath: join(config.dataDir, SOCKET),
          reload: () => loadConfigFor(options, environment),
          variables: environment.variables,
        },
        signal,
      );
      return undefined;
    }),
  );
}
