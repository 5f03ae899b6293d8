/**
 * The API of the daemon: on its socket, and where the configuration says on an address.
 *
 * @module
 */
import { type HttpsServer, startHttpsServer } from '../api/https-server.ts';
import type { OidcSignIn } from '../api/oidc/oidc-sign-in.ts';
import { createApiParts } from '../api/parts.ts';
import { startApiServer } from '../api/server.ts';
import type { OidcSettings } from '../config/api-settings.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../core/clock.ts';
import { toAppError } from '../core/errors.ts';
import { hostPort } from '../core/host-port.ts';
import type { FeedChange } from '../feed/feed.ts';
import { attend } from '../lifecycle/attend.ts';
import type { Log } from '../observe/log.ts';
import { apiCertificateNames, findApiCredential } from './api-certificate.ts';
import type { Control } from './control.ts';
import { createNameSource } from './name-source.ts';
import { readVersion } from './version.ts';

export interface ApiOptions {
  readonly control: Control;
  readonly config: Config;
  readonly socketPath: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Both layouts, `src/main` and `dist/main`, lie two folders below the package. */
const DASHBOARD = new URL('../../dist/dashboard/', import.meta.url);
const MOST_AUDIT_RECORDS = 1_000_000;

export interface RunningApi {
  /** Where it listens for those from elsewhere. */
  readonly https?: HttpsServer;
  close(): Promise<void>;
}

export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { control, config, socketPath, log, signal } = options;
  const { store, operations } = control;
  await store.idempotency.releaseUnanswered();
  await store.audit.prune(MOST_AUDIT_RECORDS);
  const parts = createApiParts({
    operations,
    names: createNameSource(store),
    audit: store.audit,
    idempotency: store.idempotency,
    checkReady: async () => void (await store.certificates.earliestActionAt()),
    version: readVersion(),
    clock: systemClock,
    log,
    signal,
  });
  await using stack = new AsyncDisposableStack();
  let https: HttpsServer | undefined;
  if (config.api !== undefined) {
    const { address, port, allow, dashboard, oidc } = config.api;
    https = await startHttpsServer({
      ...parts,
      address,
      port,
      allow,
      tokens: store.tokens,
      audit: store.audit,
      dashboard: dashboard && {
        directory: DASHBOARD,
        allow: dashboard.allow,
        sessions: store.sessions,
        life: { idleMs: dashboard.idleMs, longestMs: dashboard.signedInMs },
        oidc: oidc && (await openOidc(oidc)),
      },
    });
    const opened = https;
    stack.defer(() => opened.close());
    stack.defer(await presentCertificate(opened, options));
    const place = hostPort(opened);
    log.info({ address: `https://${place}` }, 'the API listens');
  }
  const socket = await startApiServer({ ...parts, socketPath });
  stack.defer(() => socket.close());
  const running = stack.move();
  return { ...(https === undefined ? {} : { https }), close: () => running.disposeAsync() };
}

/** Where nobody signs in this way, nothing is loaded for it. */
async function openOidc(settings: OidcSettings): Promise<OidcSignIn> {
  const { createOidcSignIn } = await import('../api/oidc/oidc-sign-in.ts');
  return createOidcSignIn(settings, systemClock);
}

/** Presents what there is, and what comes to be; returns how to stop. */
async function presentCertificate(
  https: HttpsServer,
  { control, config, log, signal }: ApiOptions,
): Promise<() => void> {
  const { store, context, feed } = control;
  const names = apiCertificateNames(config);
  const present = async (): Promise<boolean> => {
    const credential = await findApiCredential(context, names);
    if (credential !== undefined) https.present(credential);
    return credential !== undefined;
  };
  if (!(await present())) {
    // The internal CA signs at once: whoever waits for the daemon finds the API ready.
    for (const { spec, id } of await store.certificates.withNames(names)) {
      if (spec.issuers.every((name) => config.issuers[name]?.type === 'internal')) {
        const options = { wish: 'none', patience: 'wait', report: () => {} } as const;
        await attend(context, id, options, signal).catch((thrown: unknown) => {
          signal.throwIfAborted();
          const { code, message, mend } = toAppError(thrown);
          log.error({ names, code, mend }, `the API gets no certificate: ${message}`);
        });
      }
    }
    if (!(await present())) {
      log.warn({ names }, 'the API has no certificate yet: it answers nobody until it has');
    }
  }
  const concerns = (change: FeedChange): boolean =>
    change === 'everything' || names.some((name) => change.names.includes(name));
  return feed.onChanged((change) => {
    if (!concerns(change)) return;
    present().catch((thrown: unknown) =>
      log.error({ err: toAppError(thrown) }, 'the API keeps the certificate that it has'),
    );
  });
}
