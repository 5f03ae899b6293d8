/**
 * Targets as the configuration gives them to the rest.
 *
 * @module
 */
import type { ExecTargetSettings } from '../targets/exec/target.ts';
import type { FilesSettings } from '../targets/files/target.ts';
import type { HaproxySettings } from '../targets/haproxy/target.ts';
import type { KubernetesSettings } from '../targets/kubernetes/target.ts';
import type { NginxSettings } from '../targets/nginx/target.ts';
import type { WebhookSettings } from '../targets/webhook/target.ts';

export type TargetSettings =
  | ({ readonly type: 'files' } & FilesSettings)
  | ({ readonly type: 'nginx' } & NginxSettings)
  | ({ readonly type: 'haproxy' } & HaproxySettings)
  | ({ readonly type: 'kubernetes' } & KubernetesSettings)
  | ({ readonly type: 'exec' } & ExecTargetSettings)
  | ({ readonly type: 'webhook' } & WebhookSettings);

export interface DeploymentSettings {
  /** By name. Has no prototype. */
  readonly targets: Readonly<Record<string, TargetSettings>>;
  /** Targets of certificates that say nothing else. */
  readonly usual: readonly string[];
  /** Targets by the names of a certificate, sorted and joined by commas. */
  readonly assigned: Readonly<Record<string, readonly string[]>>;
}
