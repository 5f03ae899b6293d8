/**
 * Opens the targets of a configuration.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { TargetSettings } from '../config/target-settings.ts';
import type { Clock } from '../core/clock.ts';
import type { ConfiguredTarget, TargetSource } from '../lifecycle/deployment/target-source.ts';
import { createExecTarget } from '../targets/exec/target.ts';
import { createFilesTarget } from '../targets/files/target.ts';
import { createHaproxyTarget } from '../targets/haproxy/target.ts';
import { createKubernetesTarget } from '../targets/kubernetes/target.ts';
import { createNginxTarget } from '../targets/nginx/target.ts';
import type { Target } from '../targets/target.ts';
import { createWebhookTarget } from '../targets/webhook/target.ts';

export interface Targets extends TargetSource {
  close(): Promise<void>;
}

export function createTargets({ deployments }: Config, clock: Clock): Targets {
  const { targets, usual, assigned } = deployments;
  const opened = new Map<string, ConfiguredTarget>();
  return {
    find(name) {
      const settings = targets[name];
      if (settings === undefined) return undefined;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const found = { target: openTarget(settings, clock), settingsDigest: digestOf(settings) };
      opened.set(name, found);
      return found;
    },
    assignedTo: ({ spec }) => assigned[spec.names.join()] ?? usual,
    isUsed: usual.length > 0 || Object.values(assigned).some((names) => names.length > 0),
    async close() {
      for (const { target } of opened.values()) await target.close();
    },
  };
}

function openTarget(settings: TargetSettings, clock: Clock): Target {
  switch (settings.type) {
    case 'files':
      return createFilesTarget(settings);
    case 'nginx':
      return createNginxTarget(settings);
    case 'haproxy':
      return createHaproxyTarget(settings);
    case 'kubernetes':
      return createKubernetesTarget(settings);
    case 'exec':
      return createExecTarget(settings);
    case 'webhook':
      return createWebhookTarget(settings, clock);
  }
}

/** Secrets are left out: whoever has the database could try passphrases by it. */
const SECRETS = new Set(['passphrase', 'secret', 'environment', 'timeoutMs']);

function digestOf(settings: TargetSettings): string {
  const isSecret = (key: string): boolean =>
    SECRETS.has(key) && !(settings.type === 'kubernetes' && key === 'secret');
  const shown = Object.entries(settings).filter(([key]) => !isSecret(key));
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
}
