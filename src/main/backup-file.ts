/**
 * The file of a backup: one line, a manifest, and the parts that it names.
 *
 * The line has the manifest's length and hash, the manifest those of the parts: what was cut off or
 * altered on the way is noticed. It says nothing about who wrote the file.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';

const OWNER_ONLY = 0o600;
const CHUNK_BYTES = 256 * 1024;
const MOST_MANIFEST_BYTES = 64 * 1024;
const LONGEST_LINE = 128;
const LINE = /^certctl-backup 1 (\d{1,6}) ([0-9a-f]{64})\n/;

const Manifest = z.strictObject({
  createdAt: z.iso.datetime(),
  certctl: z.string().max(64),
  /** The kind of source that held the keys. */
  keyring: z.string().max(64),
  kekIds: z.array(z.string().max(64)).max(1000),
  parts: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9.-]{1,64}$/),
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(8),
});

export type BackupManifest = z.output<typeof Manifest>;

export interface BackupPart {
  readonly name: string;
  /** Its bytes from the beginning, the same each time. */
  readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Replaces `path` in one step. @throws `file/unwritable`. */
export async function writeBackupFile(
  path: string,
  about: Omit<BackupManifest, 'parts'>,
  parts: readonly BackupPart[],
): Promise<void> {
  const measured: BackupManifest['parts'] = [];
  for (const { name, read } of parts) measured.push({ name, ...(await measure(read())) });
  const manifest = JSON.stringify({ ...about, parts: measured } satisfies BackupManifest);
  const hash = createHash('sha256').update(manifest).digest('hex');
  const draft = `${path}.${randomUUID()}`;
  try {
    {
      await using file = await open(draft, 'wx', OWNER_ONLY);
      await file.writeFile(`certctl-backup 1 ${Buffer.byteLength(manifest)} ${hash}\n${manifest}`);
      for (const { read } of parts) {
        for await (const chunk of read()) await file.writeFile(chunk);
      }
      await file.sync();
    }
    await rename(draft, path);
    await using directory = await open(dirname(path), 'r');
    await directory.sync();
  } catch (thrown) {
    throw new AppError('file/unwritable', `cannot write the backup ${path}`, {
      mend: 'Choose a folder that exists, that you may write to, and that has space.',
      cause: thrown,
    });
  } finally {
    await rm(draft, { force: true });
  }
}

export interface OpenBackup extends AsyncDisposable {
  readonly manifest: BackupManifest;
  /** Writes a part to the new file `to`, readable for its owner alone. @throws `backup/invalid`. */
  extract(name: string, to: string): Promise<void>;
}

/** @throws `backup/invalid`, `file/unreadable`. */
export async function openBackupFile(path: string): Promise<OpenBackup> {
  const file = await openRegular(path);
  try {
    const { manifest, begin } = await readManifest(file, path);
    const offsets = new Map<string, number>();
    let end = begin;
    for (const { name, bytes } of manifest.parts) {
      offsets.set(name, end);
      end += bytes;
    }
    const { size } = await file.stat();
    if (size < end) throw invalid(path, `it was cut off: ${size} of ${end} bytes are there`);
    if (size > end) throw invalid(path, 'something was added to its end');
    return {
      manifest,
      extract: async (name, to) => {
        const part = manifest.parts.find((candidate) => candidate.name === name);
        const start = offsets.get(name);
        if (part === undefined || start === undefined) throw invalid(path, `it has no ${name}`);
        const found = await extractTo(file, { start, bytes: part.bytes }, to);
        if (found !== part.sha256) throw invalid(path, `its ${name} was altered`);
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function openRegular(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw new AppError('file/unreadable', `cannot read the backup ${path}`, {
      mend: 'Correct the path, or make the file readable for this user.',
      cause: thrown,
    });
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw invalid(path, 'it is not a regular file');
}

async function readManifest(
  file: FileHandle,
  path: string,
): Promise<{ manifest: BackupManifest; begin: number }> {
  const { buffer, bytesRead } = await file.read({
    buffer: Buffer.alloc(LONGEST_LINE + MOST_MANIFEST_BYTES),
    position: 0,
  });
  const head = buffer.subarray(0, bytesRead);
  const [line, length, hash] = LINE.exec(head.toString('latin1', 0, LONGEST_LINE)) ?? [];
  if (line === undefined) throw invalid(path, 'it does not begin as a backup of certctl');
  const begin = line.length + Number(length);
  const text = head.subarray(line.length, begin);
  if (text.length < Number(length)) throw invalid(path, 'it was cut off in its manifest');
  if (createHash('sha256').update(text).digest('hex') !== hash) {
    throw invalid(path, 'its manifest was altered');
  }
  const manifest = Manifest.safeParse(JSON.parse(text.toString('utf8')));
  if (!manifest.success) throw invalid(path, 'its manifest is of another version');
  return { manifest: manifest.data, begin };
}

async function extractTo(
  file: FileHandle,
  { start, bytes }: { readonly start: number; readonly bytes: number },
  to: string,
): Promise<string> {
  const hash = createHash('sha256');
  await using target = await open(to, 'wx', OWNER_ONLY);
  for await (const chunk of chunksOf(file, start, bytes)) {
    hash.update(chunk);
    await target.writeFile(chunk);
  }
  await target.sync();
  return hash.digest('hex');
}

/** Up to `bytes` of a file from `start` on. */
export async function* chunksOf(
  file: FileHandle,
  start: number,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  for (let position = start; position < start + bytes;) {
    const length = Math.min(CHUNK_BYTES, start + bytes - position);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function measure(
  chunks: ReturnType<BackupPart['read']>,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function invalid(path: string, reason: string): AppError {
  return new AppError('backup/invalid', `cannot use the backup ${path}: ${reason}`, {
    mend: 'Fetch the backup again, or use another one.',
    context: { path },
  });
}
