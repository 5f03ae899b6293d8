/**
 * Who is told of events, and how.
 *
 * @module
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import { EVENT_TYPES } from '../observe/events/catalogue.ts';
import type { CommandSettings } from '../notify/command/notifier.ts';
import type { EmailSettings } from '../notify/email/notifier.ts';
import { type Subscription, isEventPattern } from '../notify/subscription.ts';
import type { WebhookSettings } from '../notify/webhook/notifier.ts';
import { parseSecret } from '../notify/webhook/signature.ts';
import type { FileConfig } from './file-schema.ts';
import { nearestWord } from '../core/nearest-word.ts';
import { quoted } from '../core/quoted.ts';
import type { FileSubscription } from './notify-schema.ts';
import { parseDuration, parseSpan } from './parse-duration.ts';
import type { ConfigPath } from './problem.ts';
import { resolveCaBundle } from './resolve-ca-bundle.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';
import { resolveEmail } from './resolve-email.ts';

export interface NotifySettings {
  readonly subscription: Subscription;
  readonly channel: Channel;
}

export type Channel =
  | ({ readonly type: 'webhook' } & WebhookSettings)
  | ({ readonly type: 'email' } & EmailSettings)
  | ({ readonly type: 'command' } & CommandSettings);

export interface WatchSettings {
  /** Of life that is left. */
  readonly expiring: readonly number[];
  readonly heartbeat?: { readonly url: string; readonly everyMs: number };
  /** Absent: nobody looks what is served. */
  readonly selfCheck?: SelfCheckSettings;
}

export interface SelfCheckSettings {
  readonly everyMs: number;
  /** Of names that no endpoint serves; `{name}` in the host stands for each. */
  readonly elsewhere?: { readonly host: string; readonly port: number };
}

export interface EventsSettings {
  readonly keepMs: number;
}

const USUAL_KEEP_MS = 90 * DAY_MS;
const USUAL_RETRY_MS = DAY_MS;
const USUAL_BEAT_MS = 5 * MINUTE_MS;
const USUAL_CHECK_MS = HOUR_MS;
/** Renewals begin with a third of life left: the first warning leaves them some time. */
const USUAL_FRACTIONS = [0.3, 1 / 6, 1 / 12, 1 / 24];
const USUAL_TIMEOUT_MS = 10 * SECOND_MS;
const USUAL_MAIL_TIMEOUT_MS = MINUTE_MS;

export function resolveEvents({ events }: FileConfig): EventsSettings {
  return { keepMs: parseSpan(events?.keep ?? '') ?? USUAL_KEEP_MS };
}

/** Absent parts are not watched. */
export function resolveWatch({ watch }: FileConfig, context: ResolveContext): WatchSettings {
  const url = watch?.heartbeat;
  const protocol = url === undefined ? undefined : URL.parse(url)?.protocol;
  if (url !== undefined && protocol !== 'https:' && protocol !== 'http:') {
    context.report(['watch', 'heartbeat'], 'must be an https or http URL');
  }
  if (watch?.every !== undefined && url === undefined) {
    context.report(['watch', 'every'], 'is not used: there is no heartbeat', 'Remove every.');
  }
  const heartbeat =
    url === undefined ? {} : { heartbeat: { url, everyMs: parsed(watch?.every) ?? USUAL_BEAT_MS } };
  const selfCheck = resolveSelfCheck(watch?.selfCheck ?? true, context);
  return {
    expiring: watch?.expiring ?? USUAL_FRACTIONS,
    ...heartbeat,
    ...(selfCheck === undefined ? {} : { selfCheck }),
  };
}

function resolveSelfCheck(
  given: NonNullable<NonNullable<FileConfig['watch']>['selfCheck']>,
  context: ResolveContext,
): SelfCheckSettings | undefined {
  if (given === false) return undefined;
  const { address, every } = given === true ? {} : given;
  const everyMs = parsed(every) ?? USUAL_CHECK_MS;
  if (address === undefined) return { everyMs };
  const [, host, port] = ADDRESS.exec(address) ?? [];
  const isPort = Number(port) > 0 && Number(port) <= HIGHEST_PORT;
  if (host === undefined || !isPort) {
    context.report(
      ['watch', 'selfCheck', 'address'],
      'must be a host and a port, such as "10.0.0.5:443", "[::1]:443" or "{name}:443"',
    );
    return { everyMs };
  }
  return { everyMs, elsewhere: { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) } };
}

/** A host, perhaps with `{name}` in it, or an IPv6 address in brackets. */
const ADDRESS = /^([a-z0-9_.{}-]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i;
const HIGHEST_PORT = 65_535;

/** In the order of the file. */
export function resolveNotify(
  { notify }: FileConfig,
  context: ResolveContext,
): readonly NotifySettings[] {
  return Object.entries(notify ?? {}).flatMap(([name, given]) => {
    const path = ['notify', name];
    const channel = channelOf(given, path, context);
    const events = given.events?.filter((pattern, index) =>
      checkPattern(pattern, [...path, 'events', index], context),
    );
    const names = given.names?.flatMap(
      (text, index) => resolveName(text, [...path, 'names', index], context) ?? [],
    );
    const retryForMs = parsed(given.retryFor) ?? USUAL_RETRY_MS;
    return channel === undefined
      ? []
      : [{ subscription: { name, events, names, retryForMs }, channel }];
  });
}

function checkPattern(pattern: string, path: ConfigPath, context: ResolveContext): boolean {
  if (isEventPattern(pattern)) return true;
  const nearest = nearestWord(pattern, EVENT_TYPES);
  const hint = nearest === undefined ? '' : `; the nearest is "${nearest}"`;
  const shown = context.isExpanded(path) ? 'is not a type' : `${quoted(pattern)} is not a type`;
  context.report(path, `${shown} of event${hint}`, 'See `certctl events types`.');
  return false;
}

function channelOf(
  given: FileSubscription,
  path: ConfigPath,
  context: ResolveContext,
): Channel | undefined {
  const timeoutMs = parsed(given.timeout) ?? USUAL_TIMEOUT_MS;
  if (given.type === 'command') {
    // The schema wants the program.
    const command = given.command as unknown as CommandSettings['command'];
    return { type: 'command', command, timeoutMs };
  }
  if (given.type === 'email') {
    // A server is slower than a webhook: it looks up, greets, and signs in.
    const patience = parsed(given.timeout) ?? USUAL_MAIL_TIMEOUT_MS;
    const settings = resolveEmail(given, patience, path, context);
    return settings && { type: 'email', ...settings };
  }
  const allowPrivate = given.allowPrivate === true;
  const fault = faultOf(given.url, allowPrivate);
  if (fault !== undefined) {
    context.report([...path, 'url'], ...fault);
    return undefined;
  }
  const texts = typeof given.secret === 'string' ? [given.secret] : given.secret;
  const secrets = texts.filter((text, index) => {
    if (parseSecret(text) !== undefined) return true;
    context.report(
      [...path, 'secret', index],
      'must be whsec_ and the base64 of 24 to 64 random bytes',
      'Make one with: echo "whsec_$(openssl rand -base64 32)"',
    );
    return false;
  });
  const caPem = resolveCaBundle(given.caBundle, [...path, 'caBundle'], context);
  const { href } = new URL(given.url);
  return {
    type: 'webhook',
    url: href,
    secrets,
    timeoutMs,
    allowPrivate,
    ...(caPem === undefined ? {} : { caPem }),
  };
}

/** Without the URL itself: a key of the receiver may be in it. */
function faultOf(
  text: string,
  allowPrivate: boolean,
): [message: string, mend?: string] | undefined {
  const url = URL.parse(text);
  if (url === null) return ['must be an https URL'];
  if (url.username !== '' || url.password !== '') {
    return ['must not contain a user name or password', 'The signature says who sends it.'];
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && allowPrivate)) return undefined;
  return [
    'must be an https URL',
    'Write https://, or allowPrivate: true beside it for http in a network of your own.',
  ];
}

function parsed(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
