/**
 * The dead-man signal: a URL is asked for while certctl is well, and who waits for it raises the alarm.
 *
 * @module
 */
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { type Clock, HOUR_MS, SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Store } from '../store/store.ts';

const TIMEOUT_MS = 10 * SECOND_MS;
/** What was due so long ago, nobody looks after. */
const LATEST_MS = HOUR_MS;

/** @throws when something is not well, or the URL does not answer 2xx. */
export async function sendHeartbeat(
  { store, clock }: { readonly store: Pick<Store, 'certificates'>; readonly clock: Clock },
  url: string,
  signal: AbortSignal,
): Promise<void> {
  const earliest = await store.certificates.earliestActionAt();
  if (earliest !== undefined && clock.now().getTime() - earliest.getTime() > LATEST_MS) {
    throw failed(url, `certificates are due since ${earliest.toISOString()}`);
  }
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const open = url.startsWith('https:') ? requestSecure : requestPlain;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const outgoing = open(url, {
    agent: false,
    headers: { 'user-agent': 'certctl' },
    signal: AbortSignal.any([signal, timeout]),
  });
  outgoing.on('error', reject);
  outgoing.on('response', (incoming) => {
    resolve(incoming.statusCode ?? 0);
    incoming.on('error', () => undefined).destroy();
  });
  outgoing.end();
  const status = await promise.catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw failed(url, 'it does not answer', thrown);
  });
  if (status < 200 || status >= 300) throw failed(url, `it answers ${status}`);
}

/** The path is often the secret of the service. */
function failed(url: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'delivery/failed',
    `no heartbeat was sent to ${new URL(url).origin}: ${reason}`,
    { cause, mend: 'See certctl list, and that the URL answers 2xx.' },
  );
}
