/**
 * The planner's checks, each named for the fault it finds. No I/O: the input holds everything.
 *
 * @module
 */
import type { Check } from './input.ts';
import { emergencyInstant, renewalInstant } from './renewal-instant.ts';
import { displayName, sameNames } from '../../core/names.ts';

export const replacementIsWished: Check = ({ wish }) =>
  wish === 'replace' ? { reason: 'forced', message: 'a new certificate was asked for' } : undefined;

export const certificateIsMissing: Check = ({ issuance }) =>
  issuance === undefined
    ? { reason: 'missing', message: 'no certificate has been issued yet' }
    : undefined;

export const certificateIsRevoked: Check = ({ issuance }) =>
  issuance?.revokedAt === undefined
    ? undefined
    : {
        reason: 'revoked',
        message: `the certificate was revoked on ${issuance.revokedAt.toISOString()}`,
      };

export const certificateHasExpired: Check = ({ issuance, now }) =>
  issuance !== undefined && issuance.notAfter <= now
    ? {
        reason: 'expired',
        message: `the certificate expired on ${issuance.notAfter.toISOString()}`,
      }
    : undefined;

export const expiryIsNear: Check = ({ issuance, now }) =>
  issuance !== undefined && emergencyInstant(issuance) <= now
    ? {
        reason: 'emergency',
        message: `the certificate expires on ${issuance.notAfter.toISOString()}, and renewing it is overdue`,
      }
    : undefined;

export const namesHaveChanged: Check = ({ issuance, spec }) =>
  issuance !== undefined && !sameNames(issuance.names, spec.names)
    ? {
        reason: 'names-changed',
        message: `the certificate is for ${issuance.names.map(displayName).join(', ')}`,
      }
    : undefined;

export const keyTypeHasChanged: Check = ({ issuance, spec }) =>
  issuance !== undefined && issuance.keyType !== spec.keyType
    ? {
        reason: 'key-type-changed',
        message: `the key is ${issuance.keyType}, wanted is ${spec.keyType}`,
      }
    : undefined;

/** A request from elsewhere has its own key; without one the key has to be here. */
export const keyHasChanged: Check = ({ issuance, spec }) => {
  if (issuance === undefined) return undefined;
  const isRight =
    spec.csr === undefined
      ? issuance.keySecretId !== undefined
      : issuance.keyFingerprint256 === spec.csr.keyFingerprint256;
  return isRight
    ? undefined
    : { reason: 'key-type-changed', message: 'the certificate is for another key' };
};

/** What was imported is good until it is due, unless a person asks for one of the wanted issuer. */
export const issuerHasChanged: Check = ({ issuance, spec, wish }) =>
  issuance !== undefined &&
  !spec.issuers.includes(issuance.issuer) &&
  (issuance.issuer !== 'imported' || wish !== 'none')
    ? {
        reason: 'issuer-changed',
        message: `the certificate is from ${issuance.issuer}, wanted is ${spec.issuers.join(' or ')}`,
      }
    : undefined;

export const profileHasChanged: Check = ({ issuance, spec }) =>
  issuance !== undefined && spec.profile !== undefined && issuance.profile !== spec.profile
    ? {
        reason: 'profile-changed',
        message: `the profile is ${issuance.profile ?? 'the default'}, wanted is ${spec.profile}`,
      }
    : undefined;

export const renewalIsDue: Check = ({ issuance, renewal, now }) => {
  if (issuance === undefined) return undefined;
  const instant = renewalInstant(issuance, renewal);
  if (instant.at > now) return undefined;
  const why = instant.reason === 'ari-window' ? 'in the window of the CA' : 'by its lifetime';
  const explanation =
    instant.reason === 'ari-window' && renewal.explanationUrl !== undefined
      ? `; the CA explains: ${renewal.explanationUrl}`
      : '';
  return {
    reason: instant.reason,
    message: `renewal was due ${why} at ${instant.at.toISOString()}${explanation}`,
  };
};
