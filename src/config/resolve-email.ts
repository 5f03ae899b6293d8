/**
 * A subscription by e-mail: which server takes the mails, and whom they are for.
 *
 * @module
 */
import { isIP } from 'node:net';
import { findName, isWildcard } from '../core/names.ts';
import { createNetworkCheck } from '../core/networks.ts';
import { quoted } from '../core/quoted.ts';
import { type MailAddress, parseMailAddress } from '../notify/email/address.ts';
import type { EmailSettings } from '../notify/email/notifier.ts';
import type { SmtpServer } from '../notify/email/send-mail.ts';
import type { FileSubscription } from './notify-schema.ts';
import { parseDuration } from './parse-duration.ts';
import type { ConfigPath } from './problem.ts';
import { resolveCaBundle } from './resolve-ca-bundle.ts';
import type { ResolveContext } from './resolve-context.ts';

type FileEmail = Extract<FileSubscription, { type: 'email' }>;

const USUAL_PORTS = { starttls: 587, implicit: 465, none: 25 } as const;
const isLoopback = createNetworkCheck(['127.0.0.0/8', '::1/128']);

export function resolveEmail(
  given: FileEmail,
  timeoutMs: number,
  path: ConfigPath,
  context: ResolveContext,
): EmailSettings | undefined {
  const server = serverOf(given, path, context);
  const from = addressOf(given.from, [...path, 'from'], context);
  const to = (typeof given.to === 'string' ? [given.to] : given.to).map((text, index) =>
    addressOf(
      text,
      typeof given.to === 'string' ? [...path, 'to'] : [...path, 'to', index],
      context,
    ),
  );
  const known = to.filter((address) => address !== undefined);
  if (server === undefined || from === undefined || known.length < to.length) return undefined;
  const digestMs = given.digest === undefined ? undefined : parseDuration(given.digest);
  return { server, from, to: known, timeoutMs, digestMs };
}

function serverOf(
  { host, port, tls = 'starttls', user, password, caBundle }: FileEmail,
  path: ConfigPath,
  context: ResolveContext,
): SmtpServer | undefined {
  const name = findName(host);
  const isLocal = host === 'localhost' || (isIP(host) !== 0 && isLoopback(host));
  if (name === undefined || isWildcard(name)) {
    const shown = context.isExpanded([...path, 'host']) ? 'is' : `${quoted(host)} is`;
    context.report(
      [...path, 'host'],
      `${shown} not the name or address of a server`,
      'Write the port, where it is not the usual one, at the key port.',
    );
    return undefined;
  }
  if ((user === undefined) !== (password === undefined)) {
    const missing = user === undefined ? 'user' : 'password';
    context.report(path, `has no ${missing}`, 'Give user and password, or neither.');
    return undefined;
  }
  if (password !== undefined && tls === 'none' && !isLocal) {
    context.report(
      [...path, 'tls'],
      'is none: the password would cross the network in clear',
      'Remove tls, or write implicit; or remove user and password.',
    );
    return undefined;
  }
  const caPem = resolveCaBundle(caBundle, [...path, 'caBundle'], context);
  if (caBundle !== undefined && caPem === undefined) return undefined;
  return {
    host: name,
    port: port ?? USUAL_PORTS[tls],
    tls,
    ...(user === undefined || password === undefined ? {} : { login: { user, password } }),
    ...(caPem === undefined ? {} : { caPem }),
  };
}

function addressOf(
  text: string,
  path: ConfigPath,
  context: ResolveContext,
): MailAddress | undefined {
  const address = parseMailAddress(text);
  if (address !== undefined) return address;
  const shown = context.isExpanded(path) ? 'is' : `${quoted(text)} is`;
  context.report(
    path,
    `${shown} not an address of e-mail`,
    'Write it as ops@example.com, or as "Operations <ops@example.com>".',
  );
  return undefined;
}
