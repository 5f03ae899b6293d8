/**
 * The text of a key-encryption key file.
 *
 * @module
 */
import { z } from 'zod';
import { KEK_BYTES } from '../envelope.ts';
import type { Kek } from '../keyring.ts';

/** A file that is larger is not read. */
export const MOST_KEK_FILE_BYTES = 64 * 1024;

// Exactly 32 bytes, in the one spelling that base64url has for them.
const KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

const KekFile = z.strictObject({
  version: z.literal(1),
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
        key: z.string().regex(KEY, `expected ${KEK_BYTES} bytes in base64url`),
        createdAt: z.iso.datetime(),
      }),
    )
    .min(1),
});

/** A key with the instant of its creation. */
export interface DatedKek extends Kek {
  readonly createdAt: Date;
}

export function encodeKekFile(keks: readonly DatedKek[]): string {
  const keys = keks.map(({ id, key, createdAt }) => ({
    id,
    key: Buffer.from(key).toString('base64url'),
    createdAt: createdAt.toISOString(),
  }));
  return `${JSON.stringify({ version: 1, keys }, undefined, 2)}\n`;
}

/** The keys, or what is wrong with the text, in words that hold nothing of it. */
export function parseKekFile(text: string): readonly [DatedKek, ...DatedKek[]] | string {
  const json = parseJson(text);
  if (json === undefined) return 'it is not JSON, or was cut off';
  const parsed = KekFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.join('.') || 'its content'} is wrong`;
  }
  const keks = parsed.data.keys.map(({ id, key, createdAt }) => ({
    id,
    key: Buffer.from(key, 'base64url'),
    createdAt: new Date(createdAt),
  }));
  const [first, ...others] = keks;
  if (first === undefined) return 'it holds no key';
  if (new Set(keks.map(({ id }) => id)).size < keks.length) return 'two of its keys have one id';
  return [first, ...others];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text: key material.
    return undefined;
  }
}
