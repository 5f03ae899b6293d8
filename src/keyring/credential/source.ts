/**
 * Key-encryption keys in files that the service manager hands over, as systemd's credentials.
 *
 * @module
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import type { Kek, KekSet, KekSource } from '../keyring.ts';
import { kekSetOf, parseKek } from '../raw-keks.ts';

export interface KekCredential {
  readonly name: string;
  /** Absent when this process was given no credentials. */
  readonly path?: string;
}

export interface CredentialKekSourceOptions {
  readonly active: KekCredential;
  /** Keys that still wrap something, until they were replaced. */
  readonly previous: readonly KekCredential[];
}

const MOST_BYTES = 4096;

export function credentialKekSource(options: CredentialKekSourceOptions): KekSource {
  const { active, previous } = options;
  const load = async (signal: AbortSignal): Promise<KekSet> => {
    signal.throwIfAborted();
    const first = await read(active);
    const others: Kek[] = [];
    for (const credential of previous) others.push(await read(credential));
    return kekSetOf(first, others);
  };
  return { place: `the credential ${active.name}`, load, reload: load };
}

async function read({ name, path }: KekCredential): Promise<Kek> {
  if (path === undefined) throw unavailable(name, 'this process was given no credentials');
  return parseKek(await readBounded(name, path), `the credential ${name}`);
}

async function readBounded(name: string, path: string): Promise<string> {
  try {
    // Opening a named pipe would otherwise wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw unavailable(name, `${path} is not a file`);
    // systemd gives a service access by its group.
    if ((stats.mode & 0o007) !== 0) throw openToOthers(name, path);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_BYTES) });
    return buffer.toString('utf8', 0, bytesRead);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw unavailable(name, `${path} cannot be read`, thrown);
  }
}

function openToOthers(name: string, path: string): AppError {
  return new AppError('permission/denied', `the credential ${name} is open to every user`, {
    mend: `Run: chmod o-rwx ${path}`,
    context: { path },
  });
}

function unavailable(name: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'keyring/unavailable',
    `cannot get the key-encryption key from the credential ${name}: ${reason}`,
    {
      mend: `Name it in the service's unit: LoadCredential=${name}:/path, or LoadCredentialEncrypted=.`,
      context: { credential: name },
      cause,
    },
  );
}
