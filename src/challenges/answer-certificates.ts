/**
 * The certificates of live tls-alpn-01 answers, each made once.
 *
 * @module
 */
import { createTlsAlpnCertificate, type TlsAlpnCertificate } from '../pki/tls-alpn.ts';
import type { Challenge } from './solver.ts';

export interface AnswerCertificates {
  /** The certificate that answers `challenge`; the same one for every connection of the CA. */
  certificateFor(challenge: Challenge): Promise<TlsAlpnCertificate>;
}

export function createAnswerCertificates(): AnswerCertificates {
  // Weak: a certificate goes with the answer that leaves the book.
  const made = new WeakMap<Challenge, Promise<TlsAlpnCertificate>>();
  return {
    certificateFor: (challenge) => {
      const known = made.get(challenge);
      if (known !== undefined) return known;
      const making = createTlsAlpnCertificate(challenge.name, challenge.keyAuthorization);
      made.set(challenge, making);
      making.catch(() => made.delete(challenge));
      return making;
    },
  };
}
