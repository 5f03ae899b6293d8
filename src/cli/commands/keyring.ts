/**
 * `certctl keyring status` and `certctl keyring rotate`
 *
 * @module
 */
import type { Command } from 'commander';
import type { KeyringRotation, KeyringStatus } from '../../lifecycle/rotate-keyring.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { renderTable } from '../table.ts';

export function addKeyring(program: Command): void {
  const keyring = program
    .command('keyring')
    .description('The key-encryption key, which all private keys are sealed with.');
  const status = keyring
    .command('status')
    .description('Shows the key-encryption keys, and how many secrets each of them wraps.');
  withCommonOptions(status).action((options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const found = await (await operations()).keyringStatus({}, output.progress, signal);
      output.result(found, describeStatus(found));
      return undefined;
    }),
  );
  const rotate = keyring
    .command('rotate')
    .summary('replace the key-encryption key while everything runs')
    .description(
      'Wraps the data key of every secret by a new key-encryption key, and drops the old one. A key\n' +
        'file gets the new key by itself; elsewhere name the new key in the configuration first and\n' +
        'list the old one under keyring.previous. Backups made before need the old key.',
    );
  withCommonOptions(rotate).action((options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const rotation = await (await operations()).rotateKeyring({}, output.progress, signal);
      output.result(rotation, describeRotation(rotation));
      return undefined;
    }),
  );
}

function describeStatus({ place, activeKekId, keks }: KeyringStatus): string {
  const rows = keks.map(({ id, secrets, isInSource }) => [
    id,
    String(secrets),
    id === activeKekId ? 'in force' : isInSource ? '' : 'missing',
  ]);
  return `from ${place}\n${renderTable([['KEY', 'SECRETS', 'STATE'], ...rows])}`;
}

function describeRotation({ kekId, rewrapped, dropped }: KeyringRotation): string {
  const done = `${kekId} is in force, ${rewrapped} data keys were wrapped again`;
  return dropped.length === 0 ? done : `${done}, dropped ${dropped.join(', ')}`;
}
