/**
 * `certctl backup FILE`
 *
 * @module
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../core/clock.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';

interface BackupOptions extends CommonOptions {
  readonly withKey?: boolean;
}

export function addBackup(program: Command): void {
  const command = program
    .command('backup')
    .summary('write the state to one file while everything runs')
    .description(
      'Writes a consistent copy of the database to one file (0600), while everything runs. Without\n' +
        'the key-encryption key it opens nothing: keep that apart, or include it with --with-key.',
    )
    .argument('<file>', 'where to; replaced in one step')
    .option('--with-key', 'include the key-encryption key: whoever has the file has every key');
  withCommonOptions(command).action((file: string, { withKey, ...options }: BackupOptions) =>
    runAction(options, async ({ environment, loadConfig, output, signal }) => {
      const { backUp } = await import('../../main/backup.ts');
      const path = resolve(environment.cwd, file);
      const request = { path, withKey: withKey === true, clock: systemClock };
      const result = await backUp({ ...request, config: await loadConfig() }, signal);
      const keys = result.kekIds.join(', ');
      output.result(
        result,
        result.hasKey || keys === ''
          ? `wrote ${result.written}`
          : `wrote ${result.written}; it needs the key-encryption key ${keys}`,
      );
      return undefined;
    }),
  );
}
