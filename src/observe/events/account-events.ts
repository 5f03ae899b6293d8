/**
 * The events of ACME accounts.
 *
 * @module
 */
import { z } from 'zod';
import { word } from './fields.ts';

const account = z.strictObject({ directoryUrl: word, url: word.optional() });

export const ACCOUNT_EVENTS = {
  'account.registered.v1': account.describe('A CA has confirmed a new account.'),
  'account.key_changed.v1': account.describe('An account has a new key.'),
  'account.deactivated.v1': account.describe('An account was deactivated for ever.'),
} as const;
