/**
 * The check of records that stand for good: whether dns-persist-01 would succeed. No I/O.
 *
 * @module
 */
import { methodsFor } from '../../challenges/methods.ts';
import { DAY_MS } from '../../core/clock.ts';
import { displayName } from '../../core/names.ts';
import { judgePersistServers, persistRecordText } from '../../dns/persist-record.ts';
import type { CertificateCheck } from './checks.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

/** Whoever sets records may need some time for it. */
const ENDS_SOON_MS = 30 * DAY_MS;
const CHECK = 'persist-record';

export const persistRecordIsSet: CertificateCheck = ({ spec, names, issuers, now }) =>
  names.flatMap(({ name, persist }) => {
    if (persist === undefined) return [];
    const subject = displayName(name);
    // Another challenge may do it; what is missing is then no reason to fail.
    const isOnlyWay = methodsFor(name, spec.challenges).length === 1;
    return issuers.flatMap(({ name: issuer, facts }): Finding[] => {
      if (facts === undefined) return [];
      const { accountUrl, caaIdentities: issuerDomainNames } = facts;
      if (accountUrl === undefined) {
        const message = `the record names the account at ${issuer}, and there is none yet`;
        const mend = `Run: certctl account register --issuer ${issuer}`;
        return [warning(CHECK, subject, message, mend)];
      }
      if (issuerDomainNames.length === 0) {
        const message = `${issuer} does not say by which domain the record has to name it`;
        return [warning(CHECK, subject, message)];
      }
      const question = { name, issuerDomainNames, accountUrl };
      const { accepting, lacking, silent, until } = judgePersistServers(persist, question, now);
      const [fault = silent[0]] = lacking;
      const mend = `Set: ${persistRecordText(question)}`;
      if (fault !== undefined && (lacking.length > 0 || accepting === 0)) {
        if (!isOnlyWay) return [warning(CHECK, subject, fault, mend)];
        return [failure(CHECK, lacking.length > 0 ? 'input' : 'service', subject, fault, mend)];
      }
      if (until !== undefined && until.getTime() - now.getTime() < ENDS_SOON_MS) {
        const message = `the record for ${issuer} ends soon, on ${until.toISOString()}`;
        const renewal = `Run: certctl dns persist '${name}' --issuer ${issuer} --until DATE`;
        return [warning(CHECK, subject, message, renewal)];
      }
      return [ok(CHECK, subject, `all servers let the account at ${issuer} prove it`)];
    });
  });
