/**
 * A control plane in this process, against a real CA, with a clock that can be set ahead.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { loadConfig } from '../../src/config/load-config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { type Clock, after, systemClock } from '../../src/core/clock.ts';
import { type Control, openControl } from '../../src/main/control.ts';
import type { IssueBody } from '../../src/api/requests.ts';
import type { PreflightSettings } from '../../src/lifecycle/preflight/settings.ts';
import type { IssueResult } from '../../src/lifecycle/issue.ts';
import type { Progress } from '../../src/observe/progress.ts';
import type { Pebble } from './pebble.ts';

export interface TestControl extends AsyncDisposable {
  readonly control: Control;
  /** What was reported so far. */
  readonly progress: readonly Progress[];
  /** The control plane's present. */
  now(): Date;
  /** Moves this control plane's present, not that of the CA. */
  advance(milliseconds: number): void;
  issue(names: readonly string[], wanted?: IssueBody['wanted']): Promise<IssueResult>;
}

export type ControlledCa = Pick<
  Pebble,
  'directoryUrl' | 'caBundle' | 'httpPort' | 'tlsPort' | 'dnsAddress'
>;

export interface TestControlOptions {
  readonly preflight?: Partial<PreflightSettings>;
  /** Longer sleeps of the control plane move its present on instead of lasting. */
  readonly longestSleepMs?: number;
}

/** `ca` is the issuer of everything that is issued. */
export async function openTestControl(
  dataDir: string,
  ca: ControlledCa,
  options: TestControlOptions = {},
): Promise<TestControl> {
  const { longestSleepMs = Number.POSITIVE_INFINITY } = options;
  let aheadMs = 0;
  const now = (): Date => after(new Date(), aheadMs);
  const clock: Clock = {
    now,
    async sleep(milliseconds, signal) {
      const until = now().getTime() + milliseconds;
      await systemClock.sleep(Math.min(milliseconds, longestSleepMs), signal);
      // Several sleepers at once sleep through the same time.
      aheadMs = Math.max(aheadMs, until - Date.now());
    },
  };
  const environment = readEnvironment();
  const usual = await loadConfig({ path: undefined, environment, dataDir });
  const config = {
    ...usual,
    preflight: { publicAddresses: [], resolvers: [ca.dnsAddress], ...options.preflight },
  };
  const signal = new AbortController().signal;
  const validationPorts = { http: ca.httpPort, tls: ca.tlsPort };
  const controlOptions = { config, hasTerminator: false, clock, validationPorts };
  const control = await openControl(controlOptions, signal);
  const progress: Progress[] = [];
  const adHocIssuer = {
    type: 'acme',
    directory: ca.directoryUrl,
    acceptTerms: true,
    caBundle: await readFile(ca.caBundle, 'utf8'),
  } as const;
  return {
    control,
    progress,
    now,
    advance(milliseconds) {
      aheadMs += milliseconds;
    },
    issue: (names, wanted = {}) =>
      control.operations.issue(
        {
          names: [...names],
          wanted: { http01Port: ca.httpPort, tlsAlpn01Port: ca.tlsPort, ...wanted },
          adHocIssuer,
          isForced: false,
          isDryRun: false,
        },
        (step) => progress.push(step),
        signal,
      ),
    [Symbol.asyncDispose]: () => control.close(),
  };
}
