/**
 * The salt and the cost that turn a passphrase into a key. Not secret, but needed as the key is.
 *
 * @module
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AppError, systemCode } from '../../core/errors.ts';

export interface Stretching {
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** OWASP's figure for PBKDF2-HMAC-SHA256; a file may say more, never less. */
export const LEAST_ITERATIONS = 600_000;
const MOST_ITERATIONS = 100_000_000;
const SALT_BYTES = 16;
const MOST_BYTES = 4096;

const SaltFile = z.strictObject({
  version: z.literal(1),
  function: z.literal('PBKDF2-HMAC-SHA256'),
  salt: z.string().regex(/^[A-Za-z0-9_-]{22,86}$/),
  iterations: z.int().min(LEAST_ITERATIONS).max(MOST_ITERATIONS),
});

/** `undefined` when there is no file. @throws `keyring/corrupt`. */
export async function readSaltFile(path: string): Promise<Stretching | undefined> {
  const text = await readBounded(path);
  if (text === undefined) return undefined;
  const parsed = SaltFile.safeParse(parseJson(text));
  if (!parsed.success) throw corrupt(path);
  const { salt, iterations } = parsed.data;
  return { salt: Buffer.from(salt, 'base64url'), iterations };
}

/** Does nothing when another process is first. @throws `keyring/unwritable`. */
export async function createSaltFile(path: string): Promise<void> {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  const content = {
    version: 1,
    function: 'PBKDF2-HMAC-SHA256',
    salt,
    iterations: LEAST_ITERATIONS,
  } satisfies z.input<typeof SaltFile>;
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeDurably(draft, `${JSON.stringify(content, undefined, 2)}\n`);
    await link(draft, path).catch((thrown: unknown) => {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
    });
    await using directory = await open(dirname(path), 'r');
    await directory.sync();
  } catch (thrown) {
    throw new AppError('keyring/unwritable', `cannot create the salt of the passphrase ${path}`, {
      mend: 'Make its directory writable for the user that runs certctl, and see that the disk has space.',
      context: { path },
      cause: thrown,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_BYTES) });
    return buffer.toString('utf8', 0, bytesRead);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw corrupt(path, thrown);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function corrupt(path: string, cause?: unknown): AppError {
  return new AppError('keyring/corrupt', `cannot use the salt of the passphrase ${path}`, {
    mend: 'Restore the file from a backup: without it the passphrase opens nothing.',
    context: { path },
    cause,
  });
}
