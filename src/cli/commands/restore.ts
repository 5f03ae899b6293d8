/**
 * `certctl restore FILE`
 *
 * @module
 */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../core/clock.ts';
import { type CommonOptions, runAction, SOCKET, withCommonOptions } from '../session.ts';

interface RestoreOptions extends CommonOptions {
  readonly force?: boolean;
}

export function addRestore(program: Command): void {
  const command = program
    .command('restore')
    .summary('put a backup into the data directory')
    .description(
      'Checks a backup whole, with the key-encryption key, and puts it into the data directory. Not\n' +
        'while a daemon serves it, and not over a database without --force.',
    )
    .argument('<file>', 'what certctl backup has written')
    .option('--force', 'also over a database, which stays as certctl.db.before-restore');
  withCommonOptions(command).action((file: string, { force, ...options }: RestoreOptions) =>
    runAction(options, async ({ environment, loadConfig, output, signal }) => {
      const { restore } = await import('../../main/restore.ts');
      const config = await loadConfig();
      const result = await restore(
        {
          config,
          path: resolve(environment.cwd, file),
          socketPath: join(config.dataDir, SOCKET),
          isForced: force === true,
          clock: systemClock,
        },
        signal,
      );
      const kept = result.kept.map((path) => `\nkept ${path}`).join('');
      output.result(
        result,
        `restored ${result.dataDir} to its state of ${result.createdAt}${kept}`,
      );
      return undefined;
    }),
  );
}
