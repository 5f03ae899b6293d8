/**
 * `certctl init`
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError, systemCode } from '../../core/errors.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';

/** It may come to hold secrets. */
const PRIVATE_FILE = 0o600;

export function addInit(program: Command): void {
  const command = program
    .command('init')
    .summary('write a commented certctl.yaml')
    .description(
      'Writes a commented certctl.yaml into this folder, or to --config. Never overwrites.',
    );
  withCommonOptions(command).action((options: CommonOptions) =>
    runAction(options, async ({ environment, output }) => {
      const { configTemplate } = await import('../../config/template.ts');
      const path = resolve(environment.cwd, options.config ?? 'certctl.yaml');
      try {
        await writeFile(path, configTemplate(), { mode: PRIVATE_FILE, flag: 'wx' });
      } catch (thrown) {
        throw new AppError('file/unwritable', `cannot create ${path}`, {
          cause: thrown,
          mend:
            systemCode(thrown) === 'EEXIST'
              ? 'Edit the file that is there, or remove it first.'
              : 'Choose a folder that exists and that you may write to.',
        });
      }
      output.result({ written: [path] }, `wrote ${path}`);
      return undefined;
    }),
  );
}
