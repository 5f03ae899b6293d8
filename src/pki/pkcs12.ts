/**
 * PKCS #12 files (RFC 7292) under one passphrase: PBES2 with AES-256 for keys and certificates,
 * HMAC-SHA256 for the whole, as OpenSSL 3 and Java 17 write them.
 *
 * @module
 */
import { createCipheriv, createHash, createHmac, hash, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type KeyStoreEntry, keyStoreParts, utf16Be } from './key-store.ts';
import {
  element,
  integer,
  NULL,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
} from './write-der.ts';

/** Who guesses passphrases has to do this for each; who opens the file waits a tenth of a second. */
const ITERATIONS = 100_000;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const BLOCK_BYTES = 16;
/** RFC 7292 §B.3: the purpose of the derived bits is a MAC key. */
const MAC_PURPOSE = 3;
const HASH_BLOCK_BYTES = 64;

/** @throws `input/invalid` */
export async function encodePkcs12(entry: KeyStoreEntry): Promise<Uint8Array> {
  const { key, certificates } = keyStoreParts(entry);
  const { alias, passphrase } = entry;
  const keyId = createHash('sha1')
    .update(certificates[0] ?? new Uint8Array())
    .digest();
  const naming = set(
    sequence(OID.friendlyName, set(element(BMP_STRING, utf16Be(alias)))),
    sequence(OID.localKeyId, set(octetString(keyId))),
  );
  const certificateBags = certificates.map((der, index) =>
    sequence(
      OID.certificateBag,
      tagged(0, sequence(OID.x509Certificate, tagged(0, octetString(der)))),
      ...(index === 0 ? [naming] : []),
    ),
  );
  const locked = await encrypt(sequence(...certificateBags), passphrase);
  const lockedKey = await encrypt(key, passphrase);
  const keyBag = sequence(
    OID.shroudedKeyBag,
    tagged(0, sequence(lockedKey.algorithm, octetString(lockedKey.ciphertext))),
    naming,
  );
  const safe = sequence(
    sequence(
      OID.encryptedData,
      tagged(
        0,
        sequence(
          integer(0),
          sequence(OID.data, locked.algorithm, element(IMPLICIT_0, locked.ciphertext)),
        ),
      ),
    ),
    sequence(OID.data, tagged(0, octetString(sequence(keyBag)))),
  );
  return sequence(
    integer(3),
    sequence(OID.data, tagged(0, octetString(safe))),
    macOf(safe, passphrase),
  );
}

async function encrypt(
  plaintext: Uint8Array,
  passphrase: string,
): Promise<{ algorithm: Buffer; ciphertext: Buffer }> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(BLOCK_BYTES);
  const key = await promisify(pbkdf2)(passphrase, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const derivation = sequence(
    OID.pbkdf2,
    sequence(octetString(salt), integer(ITERATIONS), sequence(OID.hmacWithSha256, NULL)),
  );
  return {
    algorithm: sequence(OID.pbes2, sequence(derivation, sequence(OID.aes256Cbc, octetString(iv)))),
    ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]),
  };
}

function macOf(content: Uint8Array, passphrase: string): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const digest = createHmac('sha256', macKey(passphrase, salt)).update(content).digest();
  return sequence(
    sequence(sequence(OID.sha256, NULL), octetString(digest)),
    octetString(salt),
    integer(ITERATIONS),
  );
}

/** RFC 7292 §B.2 for SHA-256, whose output is all that is needed: one round of its outer loop. */
function macKey(passphrase: string, salt: Uint8Array): Buffer {
  const password = Buffer.concat([utf16Be(passphrase), Buffer.alloc(2)]);
  let derived = Buffer.concat([
    Buffer.alloc(HASH_BLOCK_BYTES, MAC_PURPOSE),
    filled(salt),
    filled(password),
  ]);
  for (let round = 0; round < ITERATIONS; round += 1) derived = hash('sha256', derived, 'buffer');
  return derived;
}

/** Repeated up to the end of a block of the hash. */
function filled(bytes: Uint8Array): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / HASH_BLOCK_BYTES) * HASH_BLOCK_BYTES, bytes);
}

const BMP_STRING = 0x1e;
const IMPLICIT_0 = 0x80;

const OID = {
  data: objectIdentifier('1.2.840.113549.1.7.1'),
  encryptedData: objectIdentifier('1.2.840.113549.1.7.6'),
  shroudedKeyBag: objectIdentifier('1.2.840.113549.1.12.10.1.2'),
  certificateBag: objectIdentifier('1.2.840.113549.1.12.10.1.3'),
  x509Certificate: objectIdentifier('1.2.840.113549.1.9.22.1'),
  friendlyName: objectIdentifier('1.2.840.113549.1.9.20'),
  localKeyId: objectIdentifier('1.2.840.113549.1.9.21'),
  pbes2: objectIdentifier('1.2.840.113549.1.5.13'),
  pbkdf2: objectIdentifier('1.2.840.113549.1.5.12'),
  hmacWithSha256: objectIdentifier('1.2.840.113549.2.9'),
  aes256Cbc: objectIdentifier('2.16.840.1.101.3.4.1.42'),
  sha256: objectIdentifier('2.16.840.1.101.3.4.2.1'),
} as const;
