/**
 * The events of targets.
 *
 * @module
 */
import { z } from 'zod';
import { failure, instant, message, word } from './fields.ts';

const delivered = { target: word, issuer: word.optional(), serial: word.optional() };

export const TARGET_EVENTS = {
  'target.deployed.v1': z
    .strictObject({ ...delivered, message })
    .describe('A certificate was brought to a target.'),
  'target.failed.v1': z
    .strictObject({
      ...delivered,
      error: failure,
      /** In a row. */
      failures: z.int(),
      retryAt: instant,
    })
    .describe('An attempt to bring a certificate to a target failed.'),
} as const;
