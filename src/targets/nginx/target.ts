/**
 * nginx on this machine: its files are replaced, its configuration tested with them, and it reloads.
 *
 * @module
 */
import { callCommand } from '../call-command.ts';
import { fillIn, keyPemOf } from '../delivery-parts.ts';
import { findOwner, type OwnerSettings } from '../owner.ts';
import { replaceFiles } from '../replace-files.ts';
import type { Target } from '../target.ts';

export interface NginxSettings extends OwnerSettings {
  /** Absolute; what `ssl_certificate` and `ssl_certificate_key` name. */
  readonly certificate: string;
  readonly key: string;
  /** `nginx -t` and `nginx -s reload`, as this machine has them. */
  readonly test: readonly string[];
  readonly reload: readonly string[];
  readonly timeoutMs: number;
}

export function createNginxTarget(settings: NginxSettings): Target {
  const { test, reload, timeoutMs } = settings;
  return {
    async deliver(delivery, signal) {
      const ownership = await findOwner(settings);
      const owner = ownership === undefined ? {} : { owner: ownership };
      const key = fillIn(settings.key, delivery);
      const certificate = fillIn(settings.certificate, delivery);
      const keyPem = keyPemOf(delivery);
      const secrets = [keyPem];
      signal.throwIfAborted();
      const replacement = await replaceFiles([
        { path: key, content: keyPem, mode: 0o600, ...owner },
        { path: certificate, content: delivery.chainPem, mode: 0o644, ...owner },
      ]);
      try {
        await callCommand({ command: test, timeoutMs, secrets }, signal);
      } catch (thrown) {
        // Otherwise the next start of nginx would fail, at whatever hour that is.
        await replacement.undo();
        throw thrown;
      }
      await replacement.keep();
      await callCommand({ command: reload, timeoutMs, secrets }, signal);
      return `wrote ${key} and ${certificate}; nginx reloads`;
    },
    close: async () => {},
  };
}
