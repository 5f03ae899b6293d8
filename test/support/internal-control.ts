/**
 * A control plane in this process whose certificates come from the internal CA.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { type Control, openControl } from '../../src/main/control.ts';

export interface InternalControl extends AsyncDisposable {
  readonly control: Control;
  issue(name: string): Promise<void>;
  /** The private key that is served now. */
  keyOf(name: string): Promise<KeyObject>;
}

export async function openInternalControl(dataDir: string): Promise<InternalControl> {
  const config = await loadConfig({ path: undefined, environment: readEnvironment(), dataDir });
  const { signal } = new AbortController();
  const control = await openControl({ config, hasTerminator: false, clock: systemClock }, signal);
  const report = (): void => {};
  return {
    control,
    async issue(name) {
      const wanted = { issuers: ['internal'] };
      const body = { names: [name], wanted, isForced: false, isDryRun: false };
      await control.operations.issue(body, report, signal);
    },
    async keyOf(name) {
      const { operations } = control;
      const found = await operations.exportCertificate({ name, withKey: true }, report, signal);
      return createPrivateKey(found.privateKeyPem ?? '');
    },
    [Symbol.asyncDispose]: () => control.close(),
  };
}
