/**
 * `certctl revoke NAME`
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { REVOCATION_REASONS, type RevocationReason } from '../../core/revocation-reason.ts';
import { namesText } from '../names-text.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';

interface RevokeOptions extends CommonOptions {
  readonly reason: RevocationReason;
}

export function addRevoke(program: Command): void {
  const command = program
    .command('revoke')
    .summary('revoke what is served under a name')
    .description(
      'Revokes the current certificate at its issuer. It stays managed: the next renewal replaces ' +
        'it with a new key. To stop managing it, remove it afterwards.',
    )
    .argument('<name>', 'one of its names')
    .addOption(
      new Option('--reason <reason>', 'RFC 5280 reason')
        .choices(Object.keys(REVOCATION_REASONS))
        .default('unspecified'),
    );
  withCommonOptions(command).action((name: string, { reason, ...options }: RevokeOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const view = await (await operations()).revoke({ name, reason }, output.progress, signal);
      output.result(
        view,
        `revoked ${namesText(view.names)} (serial ${view.current?.serial ?? '?'}); replace it with \`certctl renew ${name}\` or forget it with \`certctl remove ${name}\``,
      );
      return undefined;
    }),
  );
}
