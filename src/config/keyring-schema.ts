/**
 * Where a configuration file says that key-encryption keys come from.
 *
 * @module
 */
import { z } from 'zod';
import { duration, oneOrMore, text } from './file-leaves.ts';

const SHORTEST_PASSPHRASE = 12;
const MOST_PREVIOUS = 10;
const USUAL_TIMEOUT = '30s';

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, {
  error: 'must be the name of an environment variable',
});
const credential = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/, {
  error: 'must be the name of a credential',
});
const command = z
  .array(z.string().max(4096))
  .min(1)
  .max(100)
  .refine(([program = '']) => program.startsWith('/'), {
    error: 'must begin with the absolute path of a program',
  });
const passphrase = z.string().min(SHORTEST_PASSPHRASE, {
  error: `must have at least ${SHORTEST_PASSPHRASE} characters`,
});

const PREVIOUS = 'What held the keys before, until "certctl keyring rotate" has replaced them.';

/** One entry a source, so that a wrong key is measured by the keys of that source. */
export const keyring = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('file').describe('A file that certctl makes.'),
    path: text().optional().describe('The file, of this data directory alone.'),
  }),
  z.strictObject({
    source: z.literal('env').describe('An environment variable.'),
    variable: variable.describe('Its name; 32 bytes in base64 or hex.'),
    previous: oneOrMore(variable).optional().describe(PREVIOUS),
  }),
  z.strictObject({
    source: z.literal('command').describe('A program that prints the key.'),
    command: command.describe('Program and arguments; prints 32 bytes in base64 or hex.'),
    timeout: duration((milliseconds) => milliseconds >= 100, ', at least 100ms')
      .default(USUAL_TIMEOUT)
      .describe('For one run.'),
    previous: z.array(command).max(MOST_PREVIOUS).optional().describe(PREVIOUS),
  }),
  z.strictObject({
    source: z.literal('credential').describe('A credential of the systemd unit.'),
    name: credential.describe('As in LoadCredential=; 32 bytes in base64 or hex.'),
    previous: oneOrMore(credential).optional().describe(PREVIOUS),
  }),
  z.strictObject({
    source: z.literal('passphrase').describe('A passphrase, stretched by PBKDF2.'),
    passphrase: passphrase.describe('Best as ${VAR} or ${file:/path}.'),
    salt: text().optional().describe('The file with the salt.'),
    previous: oneOrMore(passphrase).optional().describe(PREVIOUS),
  }),
]);
