/**
 * The kinds of single values that a configuration file has.
 *
 * @module
 */
import { z } from 'zod';
import { TLS_VERSIONS, type TlsVersion } from '../feed/feed.ts';
import { parseDuration } from './parse-duration.ts';

/** `${VAR}` always yields text, so numbers and switches are taken as text, too. */
export function count(
  least: number,
  most: number,
  error = `must be a whole number from ${least} to ${most}`,
) {
  const digits = z.string().refine((given) => /^\d{1,15}$/.test(given));
  return z
    .union([z.int(), digits.transform(Number)], { error })
    .refine((value) => value >= least && value <= most, { error });
}

export function flag() {
  const words = z.enum(['true', 'false']).transform((word) => word === 'true');
  return z.union([z.boolean(), words], { error: 'must be true or false' });
}

/** Kept as text here: who reads the file parses it into milliseconds. */
export function duration(accepts: (milliseconds: number) => boolean = () => true, range = '') {
  const error = `must be a duration such as "500ms", "10s", "5m", "1h" or "7d"${range}`;
  return z.string({ error }).refine((given) => {
    const milliseconds = parseDuration(given);
    return milliseconds !== undefined && accepts(milliseconds);
  }, error);
}

/** A list, or its only entry without the brackets. */
export function oneOrMore<Entry extends z.ZodType<string>>(entry: Entry) {
  return z.union([entry, z.array(entry).min(1).max(10)]);
}

/** A text that is never empty. */
export function text(most = 1_000) {
  return z.string().min(1).max(most);
}

/** What operators call issuers and credentials. */
export function label() {
  return z.string().refine((name) => /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name), {
    error: 'must be a name of letters, digits, dots, hyphens and underscores',
  });
}

/** A user or group of the system. YAML reads an id as a number. */
export function account() {
  const error = 'must be a name, or an id from 1 to 4294967294; workers never run as root';
  const name = z
    .string()
    .refine(
      (given) => (/^\d+$/.test(given) ? isAccountId(Number(given)) : ACCOUNT.test(given)),
      error,
    )
    .refine((given) => given !== 'root', error);
  return z.union([name, z.int().refine(isAccountId).transform(String)], { error });
}

function isAccountId(id: number): boolean {
  return id >= 1 && id <= HIGHEST_ID;
}

const ACCOUNT = /^[a-z_][\w.-]{0,62}\$?$/i;
const HIGHEST_ID = 4_294_967_294;

/** YAML reads an unquoted 1.3 as a number. */
export function tlsVersion() {
  const error = 'must be one of: "1.1", "1.2", "1.3"';
  const numbers = z.union([z.literal(1.1), z.literal(1.2), z.literal(1.3)]);
  return z.union([z.enum(TLS_VERSIONS), numbers.transform(versionOf)], { error });
}

function versionOf(number: 1.1 | 1.2 | 1.3): TlsVersion {
  return `${number}`;
}
