/**
 * Proves that the running process computes with a FIPS provider, by what it does and refuses.
 *
 * @module
 */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  getFips,
  sign,
  verify,
} from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { AppError } from '../core/errors.ts';
import { refusesOldMasterSecret } from './master-secret.ts';

/** What a provider may lack without FIPS mode being at fault. */
export interface FipsAbilities {
  /** TLS 1.2 without the extended master secret (RFC 7627) is refused. */
  readonly demandsExtendedMasterSecret: boolean;
  readonly hasMlKem: boolean;
}

/** @throws `fips/unavailable` with each fault. */
export async function proveFips(): Promise<FipsAbilities> {
  const faults = FAULTS.flatMap(([fault, isThere]) => (isThere() ? [fault] : []));
  if (faults.length > 0) {
    throw new AppError('fips/unavailable', `proving FIPS mode: ${faults.join(', ')}`, {
      mend: 'Run `certctl doctor --fips` and see which provider is loaded.',
      context: { faults },
    });
  }
  return {
    demandsExtendedMasterSecret: await refusesOldMasterSecret(),
    hasMlKem: hasGroup('X25519MLKEM768'),
  };
}

/** True when a TLS context of this process can have the group. */
function hasGroup(group: string): boolean {
  try {
    createSecureContext({ ecdhCurve: group });
    return true;
  } catch {
    return false;
  }
}

// getFips() alone reads a preference, which is no proof that a provider is loaded.
const FAULTS: readonly (readonly [fault: string, isThere: () => boolean])[] = [
  ['the process does not ask for approved algorithms only', () => getFips() !== 1],
  ['MD5 is not refused', () => succeeds(() => createHash('md5').update('abc').digest())],
  ['the self-test of SHA-256 failed', () => !succeeds(sha256Works)],
  ['the self-test of ECDSA failed', () => !succeeds(ecdsaWorks)],
];

function succeeds(attempt: () => unknown): boolean {
  try {
    return attempt() !== false;
  } catch {
    return false;
  }
}

/** FIPS 180-4's example. */
function sha256Works(): boolean {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  return createHash('sha256').update('abc').digest('hex') === expected;
}

/** RFC 6979 §A.2.5, and a signature of our own, which must not fit another message. */
function ecdsaWorks(): boolean {
  const published = createPublicKey({
    key: Buffer.from(SPKI_HEADER + PUBLIC_POINT, 'hex'),
    format: 'der',
    type: 'spki',
  });
  const vector = { key: published, dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from('sample'), vector, Buffer.from(SIGNATURE, 'hex'))) return false;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signature = sign('sha256', Buffer.from('one'), privateKey);
  return (
    verify('sha256', Buffer.from('one'), publicKey, signature) &&
    !verify('sha256', Buffer.from('other'), publicKey, signature)
  );
}

/** An EC public key on P-256, uncompressed (RFC 5480 §2). */
const SPKI_HEADER = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';
const PUBLIC_POINT =
  '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
  '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299';
const SIGNATURE =
  'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
  'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8';
