/**
 * The certificates of one set of names: one, or a pair with an EC and an RSA key.
 *
 * Each of a pair is a certificate of its own, with its own orders and renewals.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type KeyAlgorithm, type KeyType, keyAlgorithmOf } from '../core/certificate-spec.ts';
import { AppError } from '../core/errors.ts';
import { nameSet } from '../core/names.ts';
import type { Reporter } from '../observe/progress.ts';
import type { CertificateRecord } from '../store/records.ts';
import type { LifecycleContext } from './context.ts';
import { withLease } from './leases.ts';

/** @throws `usage/invalid` for two key types of one algorithm. */
export function checkPair(types: readonly KeyType[]): void {
  const seen = new Map<KeyAlgorithm, KeyType>();
  for (const type of new Set(types)) {
    const twin = seen.get(keyAlgorithmOf(type));
    if (twin !== undefined) throw notPair(twin, type);
    seen.set(keyAlgorithmOf(type), type);
  }
}

interface WithKeyType {
  readonly keyType: KeyType;
}

/** Each once, EC before RSA, which is the order of their names. */
export function sortedPair(types: readonly KeyType[]): KeyType[] {
  return [...new Set(types)].toSorted();
}

export interface Match<Wanted> {
  readonly wanted: Wanted;
  readonly existing: CertificateRecord | undefined;
}

/**
 * Which of the certificates for one set of names is to become which of the wanted ones. A single
 * certificate changes its algorithm; an imported one is never made into something else.
 */
export function matchKeys<Wanted extends WithKeyType>(
  wishes: readonly Wanted[],
  existing: readonly CertificateRecord[],
): Match<Wanted>[] {
  const [only, ...more] = existing;
  const canChange = wishes.length === 1 && more.length === 0 && only?.source !== 'imported';
  return wishes.map((wanted) => ({
    wanted,
    existing:
      withAlgorithm(existing, keyAlgorithmOf(wanted.keyType)) ?? (canChange ? only : undefined),
  }));
}

export function withAlgorithm(
  records: readonly CertificateRecord[],
  algorithm: KeyAlgorithm,
): CertificateRecord | undefined {
  return records.find(({ spec }) => keyAlgorithmOf(spec.keyType) === algorithm);
}

/**
 * Runs `work` while the other certificate of the pair has no order under way: a CA may give the same
 * open order to both (RFC 8555 §7.4 allows it), and tls-alpn-01 has one answer a name.
 */
export async function oneOfPairAtOnce<T>(
  { store, clock }: LifecycleContext,
  { spec: { names } }: CertificateRecord,
  report: Reporter,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if ((await store.certificates.withNames(names)).length === 1) return work(signal);
  const options = {
    leases: store.leases,
    clock,
    name: `names/${createHash('sha256').update(nameSet(names).join()).digest('hex')}`,
    subject: 'issuing for these names',
    patience: 'wait',
    onWait: () =>
      report({ step: 'waiting', message: 'the other certificate of the pair is being issued' }),
  } as const;
  return withLease(options, signal, work);
}

function notPair(one: KeyType, other: KeyType): AppError {
  return new AppError('usage/invalid', `${one} and ${other} are no pair`, {
    mend: 'Ask for one EC and one RSA key type, e.g. ec256 and rsa2048.',
  });
}
