/**
 * The events of the daemon and its configuration.
 *
 * @module
 */
import { z } from 'zod';
import { failure, word } from './fields.ts';

const file = z.string().max(4_096);

export const DAEMON_EVENTS = {
  'daemon.started.v1': z.strictObject({ version: word }).describe('The daemon does its work.'),
  'daemon.stopped.v1': z
    .strictObject({
      version: word,
      /** The workers serve on, for the next control process. */
      isHandedOver: z.boolean(),
    })
    .describe('The daemon was stopped in order.'),
  'configuration.applied.v1': z
    .strictObject({ file: file.optional() })
    .describe('A changed configuration is in force.'),
  'configuration.refused.v1': z
    .strictObject({ file: file.optional(), error: failure })
    .describe('A changed configuration was refused; the one before stays in force.'),
} as const;
