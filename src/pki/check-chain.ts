/**
 * The checks that a chain passes before it is stored, whoever issued it.
 *
 * @module
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { HOUR_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { sameNames } from '../core/names.ts';
import type { Name } from '../core/names.ts';
import { parseCertificates, parseChain } from './chain.ts';
import { keyFingerprint256 } from './key-fingerprint.ts';
import type { Chain } from './chain.ts';

export interface ChainExpectation {
  readonly names: readonly Name[];
  /** Its public half is enough where the key is elsewhere. */
  readonly privateKey: KeyObject;
  readonly now: Date;
}

/** @throws `certificate/rejected` with the name of the failed check as `context.check`. */
export function checkChain(pem: string, expected: ChainExpectation): Chain {
  const { chain, certificates } = parse(pem);
  const [leaf, issuer] = certificates;
  if (chain.keyFingerprint256 !== keyFingerprint256(expected.privateKey)) {
    throw rejected('key', 'it is for another key than ours');
  }
  if (!sameNames(chain.names, expected.names)) {
    throw rejected('names', 'its names are not those asked for', {
      names: chain.names,
      wanted: expected.names,
    });
  }
  checkDates('the certificate', leaf, expected.now);
  // Not those further up: CAs have sent expired cross-signed roots on purpose, for old clients.
  if (issuer !== undefined) checkDates("its issuer's certificate", issuer, expected.now);
  checkSignatures(certificates);
  return chain;
}

/** Our clock or the CA's may be wrong by this much. */
const CLOCK_SKEW_MS = HOUR_MS;

function parse(pem: string): {
  chain: Chain;
  certificates: [X509Certificate, ...X509Certificate[]];
} {
  try {
    return { chain: parseChain(pem), certificates: parseCertificates(pem) };
  } catch (cause) {
    throw rejected('parse', 'it is not a certificate chain', {}, cause);
  }
}

function checkDates(which: string, certificate: X509Certificate, now: Date): void {
  const { validFromDate: notBefore, validToDate: notAfter } = certificate;
  const dates = { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() };
  if (notAfter.getTime() <= now.getTime()) {
    throw rejected('dates', `${which} expired at ${dates.notAfter}`, dates);
  }
  if (notBefore.getTime() > now.getTime() + CLOCK_SKEW_MS) {
    throw rejected('dates', `${which} is not valid before ${dates.notBefore}`, dates);
  }
}

function checkSignatures(certificates: readonly X509Certificate[]): void {
  for (const [index, certificate] of certificates.entries()) {
    const issuer = certificates[index + 1];
    if (issuer === undefined) return;
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw rejected(
        'signatures',
        `certificate ${index + 1} is not signed by certificate ${index + 2}`,
      );
    }
  }
}

const MEND = {
  parse: 'Report this answer to whoever runs the CA.',
  key: 'Give the private key from which this certificate was requested.',
  names: 'Ask for the names that the certificate has, or obtain it anew.',
  dates: 'Compare the clock of this machine with that of the CA.',
  signatures: 'Put the certificates in order, each followed by the one that signed it.',
} as const;

function rejected(
  check: keyof typeof MEND,
  reason: string,
  context: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): AppError {
  return new AppError('certificate/rejected', `checking a certificate chain: ${reason}`, {
    mend: MEND[check],
    context: { check, ...context },
    cause,
  });
}
