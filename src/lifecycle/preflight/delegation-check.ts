/**
 * The check of delegations: whether challenge records are written where they are looked for. No I/O.
 *
 * @module
 */
import { methodsFor, needsCredential } from '../../challenges/methods.ts';
import { baseName, displayName } from '../../core/names.ts';
import { delegationText, isInZone } from '../../dns/delegation.ts';
import type { CertificateCheck } from './checks.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

const CHECK = 'delegation';

export const delegationIsSet: CertificateCheck = ({ spec, names }) =>
  names.flatMap(({ name, delegation, wantedDelegation: wanted }): Finding[] => {
    const methods = methodsFor(name, spec.challenges);
    if (!methods.some(needsCredential)) return [];
    const subject = displayName(name);
    if (delegation !== undefined && (wanted === undefined || !isInZone(delegation, wanted.zone))) {
      return [ok(CHECK, subject, `its challenge records are at ${delegation}`)];
    }
    if (wanted === undefined) return [];
    if (delegation === wanted.target) {
      return [ok(CHECK, subject, `it is delegated to ${wanted.zone}`)];
    }
    const text = delegationText(baseName(name), wanted.zone);
    if (delegation !== undefined) {
      const message = `its challenge records lead to ${delegation}, which is not its target`;
      return [failure(CHECK, 'input', subject, message, `Let its owner set: ${text}`)];
    }
    // With another credential it is in a zone of our own.
    if (spec.dns !== wanted.credential) return [];
    const message = `it is not delegated to ${wanted.zone}`;
    const mend = `Let its owner set: ${text} Not needed where "${wanted.credential}" has its zone.`;
    return [warning(CHECK, subject, message, mend)];
  });
