/**
 * The checks of one certificate, each named for what it looks at. No I/O.
 *
 * @module
 */
import type { AppError } from '../../core/errors.ts';
import { displayName, isAddress } from '../../core/names.ts';
import { judgeCaa } from './caa-policy.ts';
import type { CertificateFacts, NameFacts } from './facts.ts';
import { type FaultKind, type Finding, failure, ok, warning } from './finding.ts';
import { isByDns, methodsFor } from '../../challenges/methods.ts';
import { destinationOf } from './own-addresses.ts';
import { TOLERABLE_CLOCK_ERROR_MS, clockText } from './clock-error.ts';

export type CertificateCheck = (facts: CertificateFacts) => Finding[];

/** By then the usual renewal has been due for long. */
const LATE_PART = 1 / 5;
const NAME_PUBLIC_ADDRESSES =
  'List the addresses of the router in front under preflight.publicAddresses.';

export const requestIsPossible: CertificateCheck = ({ issuers }) =>
  issuers.map(({ name, objection }) =>
    objection === undefined
      ? ok('request', name, 'names, challenge types and credentials fit together')
      : failure('request', kindOf(objection), name, objection.message, objection.mend),
  );

export const issuerAnswers: CertificateCheck = ({ issuers }) =>
  issuers.flatMap(({ name, facts, silence }) => {
    if (silence !== undefined) {
      return [failure('issuer', kindOf(silence), name, silence.message, silence.mend)];
    }
    if (facts === undefined) return [];
    const account = facts.accountUrl ?? 'none yet, the first order makes one';
    return [ok('issuer', name, `the CA answers; account: ${account}`)];
  });

export const clockAgrees: CertificateCheck = ({ issuers }) =>
  issuers.flatMap(({ name, facts }) => {
    const aheadMs = facts?.clockAheadMs;
    if (aheadMs === undefined) return [];
    if (Math.abs(aheadMs) <= TOLERABLE_CLOCK_ERROR_MS) {
      return [ok('clock', name, 'the clock of this machine agrees with that of the CA')];
    }
    const mend = 'Let a time service such as chrony set the clock.';
    return [failure('clock', 'configuration', name, clockText(aheadMs), mend)];
  });

export const nameLeadsHere: CertificateCheck = ({ spec, names, own }) =>
  names.flatMap(({ name, addresses }) => {
    const methods = methodsFor(name, spec.challenges);
    // Where DNS is the first proof, a name may lead wherever it likes.
    if (methods[0] === undefined || isByDns(methods[0])) return [];
    const lookup = isAddress(name) ? ({ known: true, addresses: [name] } as const) : addresses;
    if (lookup === undefined) return [];
    const subject = displayName(name);
    const destination = destinationOf(lookup, own);
    switch (destination.leads) {
      case 'here':
        return [ok('points-here', subject, `leads here: ${destination.addresses.join(', ')}`)];
      case 'partly-here': {
        const message = `leads here, and also to ${destination.others.join(', ')}`;
        const mend = `Let every address answer the CA's challenges, or remove the others from DNS.`;
        return [warning('points-here', subject, message, mend)];
      }
      case 'unknown': {
        const message = `leads to ${destination.others.join(', ')}; nobody knows here whether that is this machine`;
        return [warning('points-here', subject, message, NAME_PUBLIC_ADDRESSES)];
      }
      case 'elsewhere': {
        const message = `leads to ${destination.others.join(', ')}, not to this machine`;
        const mend = `Change its A and AAAA records, or use dns-01. ${NAME_PUBLIC_ADDRESSES}`;
        return [failure('points-here', 'input', subject, message, mend)];
      }
      case 'nowhere': {
        const mend = 'Add an A or AAAA record that leads to this machine.';
        return [failure('points-here', 'input', subject, 'has no address in DNS', mend)];
      }
      case 'unanswered': {
        const message = `its addresses cannot be looked up (${destination.reason})`;
        const mend = 'Check the name servers of its zone.';
        return [failure('points-here', 'service', subject, message, mend)];
      }
    }
  });

export const portAnswers: CertificateCheck = ({ probes, own }) =>
  probes.map(({ name, type, address, fault }) => {
    const subject = displayName(name);
    if (fault === undefined) {
      return ok('port', subject, `${address ?? subject} answers ${type} challenges from here`);
    }
    if (address === undefined) {
      return failure('port', 'configuration', subject, fault.message, fault.mend);
    }
    const message = `${address} does not answer ${type} challenges: ${fault.message}`;
    // Many routers do not lead back what comes from inside.
    if (!own.addresses.has(address)) {
      return warning('port', subject, `${message}; from outside it may`);
    }
    const mend = 'Open the port to all, and let certctl answer on it.';
    return failure('port', 'service', subject, message, mend);
  });

export const caaAllows: CertificateCheck = ({ spec, names, issuers }) =>
  issuers.flatMap(({ facts }) =>
    facts === undefined
      ? []
      : names.flatMap((nameFacts) => caaFinding(nameFacts, spec.challenges, facts)),
  );

function caaFinding(
  { name, caa }: NameFacts,
  challenges: CertificateFacts['spec']['challenges'],
  issuer: NonNullable<CertificateFacts['issuers'][number]['facts']>,
): Finding[] {
  const methods = methodsFor(name, challenges);
  if (caa === undefined || methods.length === 0) return [];
  const { caaIdentities: identities, accountUrl } = issuer;
  const subject = displayName(name);
  const judgement = judgeCaa(caa, { name, identities, accountUrl, methods });
  switch (judgement.outcome) {
    case 'allowed': {
      const [first] = methods;
      if (first === undefined || judgement.methods.includes(first)) {
        return [ok('caa', subject, judgement.why)];
      }
      const message = `${judgement.why}, but by ${judgement.methods.join(' or ')} and not by ${first}`;
      const mend = 'Put an allowed challenge type first.';
      return [warning('caa', subject, message, mend)];
    }
    case 'refused': {
      const mend = `Set a CAA record such as: CAA 0 issue "${identities[0] ?? ''}"`;
      return [failure('caa', 'input', subject, judgement.why, mend)];
    }
    case 'unknown':
      return [warning('caa', subject, judgement.why)];
    case 'unanswered': {
      const message = `${judgement.why}: a CA that gets no answer refuses`;
      return [failure('caa', 'service', subject, message, 'Check the name servers of its zone.')];
    }
  }
}

export const certificateIsFresh: CertificateCheck = ({ spec, state, now }) => {
  if (state === undefined) return [];
  const subject = spec.names.map(displayName).join(', ');
  const { issuance, failure: failing } = state;
  const findings: Finding[] = [];
  if (issuance === undefined) {
    findings.push(warning('certificate', subject, 'there is none yet'));
  } else {
    const { notBefore, notAfter, revokedAt } = issuance;
    const leftMs = notAfter.getTime() - now.getTime();
    const until = notAfter.toISOString();
    const mend = `Run: certctl renew ${spec.names[0] ?? ''}`;
    if (revokedAt !== undefined) {
      const message = `it was revoked on ${revokedAt.toISOString()}`;
      findings.push(failure('certificate', 'service', subject, message, mend));
    } else if (leftMs <= 0) {
      findings.push(failure('certificate', 'service', subject, `it expired on ${until}`, mend));
    } else if (leftMs < LATE_PART * (notAfter.getTime() - notBefore.getTime())) {
      findings.push(warning('certificate', subject, `it expires soon, on ${until}`, mend));
    } else {
      findings.push(ok('certificate', subject, `valid until ${until}`));
    }
  }
  if (failing !== undefined) {
    const { count, lastError, parked } = failing;
    const message = `${count} failed attempts, the last: ${lastError.message}`;
    const text = parked === undefined ? message : `${message}; parked: ${parked.message}`;
    findings.push(warning('certificate', subject, text, lastError.mend));
  }
  return findings;
};

/** The exit status that the error would have had tells whose business it is. */
export function kindOf({ spec: { exit } }: AppError): FaultKind {
  if (exit === EXIT_INPUT) return 'input';
  return CONFIGURATION_EXITS.has(exit) ? 'configuration' : 'service';
}

const EXIT_INPUT = 65;
/** sysexits.h: cannot create, no permission, configuration. */
const CONFIGURATION_EXITS = new Set([73, 77, 78]);
