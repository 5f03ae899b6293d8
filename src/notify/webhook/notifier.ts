/**
 * Events as signed HTTP requests.
 *
 * Nothing is followed, and the connection goes to an address that was judged: a name that leads to
 * another place a moment later leads nobody astray.
 *
 * @module
 */
import { lookup as lookupAddress, type LookupAddress, type LookupOptions } from 'node:dns';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { after, type Clock, HOUR_MS, SECOND_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { EventView } from '../../observe/events/event.ts';
import type { Notifier } from '../notifier.ts';
import { isPublicAddress } from './public-address.ts';
import { parseSecret, signatureHeaders } from './signature.ts';

export interface WebhookSettings {
  readonly url: string;
  /** As `parseSecret` takes them. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  /** Receivers of private networks and on this machine, too. */
  readonly allowPrivate: boolean;
  /** Trusted beside the usual authorities. */
  readonly caPem?: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Of the answer: the status line and Retry-After are all that counts. */
const MOST_HEADER_BYTES = 8_192;

export function createWebhookNotifier(settings: WebhookSettings, clock: Clock): Notifier {
  const url = new URL(settings.url);
  const secrets = settings.secrets.flatMap((text) => parseSecret(text) ?? []);
  return {
    async send(event, signal) {
      signal.throwIfAborted();
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      if (!settings.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
        throw refused(url, host);
      }
      const answer = await post({ ...settings, secrets }, url, event, clock, signal).catch(
        (thrown: unknown) => {
          signal.throwIfAborted();
          throw thrown instanceof AppError ? thrown : failed(url, 'it does not answer', thrown);
        },
      );
      if (answer.status >= 200 && answer.status < 300) return;
      const isRedirect = answer.status >= 300 && answer.status < 400;
      const said = `it answers ${answer.status}${isRedirect ? ', which is not followed' : ''}`;
      throw failed(url, said, undefined, retryAtOf(answer.retryAfter, clock.now()));
    },
  };
}

async function post(
  {
    secrets,
    timeoutMs,
    allowPrivate,
    caPem,
  }: Omit<WebhookSettings, 'secrets'> & { readonly secrets: readonly Buffer[] },
  url: URL,
  event: EventView,
  clock: Clock,
  signal: AbortSignal,
): Promise<Answer> {
  const body = JSON.stringify(event);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const open = url.protocol === 'https:' ? requestSecure : requestPlain;
  const outgoing = open(url, {
    method: 'POST',
    agent: false,
    maxHeaderSize: MOST_HEADER_BYTES,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(allowPrivate ? {} : { lookup: publicOnly(url) }),
    ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'certctl',
      ...signatureHeaders({ id: event.id, at: clock.now(), body }, secrets),
    },
  });
  outgoing.on('error', reject);
  outgoing.on('response', (incoming) => {
    resolve({
      status: incoming.statusCode ?? 0,
      retryAfter: incoming.headers['retry-after'],
    });
    incoming.on('error', () => undefined).destroy();
  });
  outgoing.end(body);
  return promise;
}

/** Gives the connection the addresses that were judged here, and no others. */
function publicOnly(url: URL): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    lookupAddress(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const addresses = error === null ? found : [];
      const hidden = addresses.find(({ address }) => !isPublicAddress(address));
      const [first] = addresses;
      if (error !== null) callback(error, []);
      else if (hidden !== undefined) callback(refused(url, hidden.address), []);
      else if (options.all === true || first === undefined) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function retryAtOf(header: string | undefined, now: Date): Date | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined;
  return after(now, Math.min(Number(header) * SECOND_MS, HOUR_MS));
}

/** The path may hold a token of the receiver: it is not shown. */
function failed({ origin }: URL, reason: string, cause?: unknown, retryAt?: Date): AppError {
  return new AppError('delivery/failed', `cannot deliver to ${origin}: ${reason}`, {
    cause,
    retryAt,
    mend: 'Make the receiver answer 2xx within its time.',
  });
}

function refused({ origin }: URL, address: string): AppError {
  return new AppError(
    'delivery/refused',
    `cannot deliver to ${origin}: ${address} is not an address of the public internet`,
    { mend: 'Write allowPrivate: true at the webhook if that is your own network.' },
  );
}
