/**
 * JKS files, for Java programs that read nothing newer. Their protection of the key is weak (SHA-1
 * without any work for who guesses): the file's mode has to do it.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { type KeyStoreEntry, keyStoreParts, utf16Be } from './key-store.ts';
import { NULL, objectIdentifier, octetString, sequence } from './write-der.ts';

const MAGIC = 0xfe_ed_fe_ed;
const VERSION = 2;
const KEY_ENTRY = 1;
const DIGEST_BYTES = 20;
/** What Java adds to the passphrase before it digests the file. */
const PEPPER = 'Mighty Aphrodite';

/** @throws `input/invalid` */
export function encodeJks(entry: KeyStoreEntry, createdAt = new Date()): Uint8Array {
  const { key, certificates } = keyStoreParts(entry);
  const passphrase = utf16Be(entry.passphrase);
  const protectedKey = sequence(
    sequence(KEY_PROTECTOR, NULL),
    octetString(protect(key, passphrase)),
  );
  const created = Buffer.alloc(8);
  created.writeBigInt64BE(BigInt(createdAt.getTime()));
  const content = Buffer.concat([
    uint32(MAGIC),
    uint32(VERSION),
    uint32(1),
    uint32(KEY_ENTRY),
    // Java looks aliases up in lower case.
    shortText(entry.alias.toLowerCase()),
    created,
    sized(protectedKey),
    uint32(certificates.length),
    ...certificates.flatMap((der) => [shortText('X.509'), sized(der)]),
  ]);
  return Buffer.concat([content, sha1(passphrase, Buffer.from(PEPPER), content)]);
}

/** Salt, the key under a stream of digests, and a digest to know the right passphrase by. */
function protect(key: Uint8Array, passphrase: Buffer): Buffer {
  const salt = randomBytes(DIGEST_BYTES);
  const hidden = Buffer.from(key);
  let digest: Buffer = salt;
  for (let offset = 0; offset < hidden.length; offset += DIGEST_BYTES) {
    digest = sha1(passphrase, digest);
    for (let at = offset; at < Math.min(offset + DIGEST_BYTES, hidden.length); at += 1) {
      hidden[at] = (hidden[at] ?? 0) ^ (digest[at - offset] ?? 0);
    }
  }
  return Buffer.concat([salt, hidden, sha1(passphrase, key)]);
}

function sha1(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha1').update(Buffer.concat(parts)).digest();
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

function shortText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function sized(bytes: Uint8Array): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

const KEY_PROTECTOR = objectIdentifier('1.3.6.1.4.1.42.2.17.1.1');
