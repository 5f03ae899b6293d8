/**
 * The events of the keyring.
 *
 * @module
 */
import { z } from 'zod';
import { word } from './fields.ts';

export const KEYRING_EVENTS = {
  'keyring.rotated.v1': z
    .strictObject({ kekId: word, previousKekId: word })
    .describe('Another key-encryption key is in force.'),
} as const;
