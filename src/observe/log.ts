/**
 * The log of the daemon and its workers: JSON lines on stderr, secrets fenced off.
 *
 * @module
 */
import { type Logger, destination, pino } from 'pino';
import { trailFields } from './trail.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Second fence behind the rule that no secret enters a log call. */
const SECRET_KEYS = [
  'privateKeyPem',
  'privateKey',
  'keyAuthorization',
  'token',
  'hmacKey',
  'apiToken',
];
const REDACTED = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

const STDERR = 2;

export function createLog(level: LogLevel, component: string): Log {
  return pino(
    {
      level,
      base: { component },
      redact: REDACTED,
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino writes into what it gets.
      mixin: () => ({ ...trailFields() }),
    },
    destination({ fd: STDERR, sync: true }),
  );
}
