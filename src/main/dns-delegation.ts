/**
 * What the owner of a name sets so that its challenge records are written in our zone.
 *
 * @module
 */
import type { DelegationRecordView, Operations } from '../api/operations.ts';
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { baseName, isAddress, parseName } from '../core/names.ts';
import { type DelegationZone, delegationRecord } from '../dns/delegation.ts';
import { findRecordTarget } from '../dns/name-servers.ts';
import { openSystemResolver, type OpenResolver } from '../dns/resolver.ts';

export interface DnsDelegationOptions {
  readonly delegation: () => DelegationZone | undefined;
  readonly publicResolvers: () => readonly string[] | undefined;
  readonly openResolver?: OpenResolver | undefined;
}

export function createDnsDelegation({
  delegation,
  publicResolvers,
  openResolver = openSystemResolver,
}: DnsDelegationOptions): Pick<Operations, 'delegationRecord'> {
  return {
    async delegationRecord({ name: text }, _report, signal) {
      const given = parseName(text);
      if (isAddress(given)) {
        throw new AppError('name/address-needs-connection', `cannot prove ${given} by DNS`, {
          mend: 'Use http-01 or tls-alpn-01 for IP addresses.',
        });
      }
      const wanted = delegation();
      if (wanted === undefined) {
        throw new AppError('input/invalid', 'there is no zone to delegate to', {
          mend: 'Add `delegation: { zone: …, credential: … }` under `dns:` in the configuration.',
        });
      }
      const record = delegationRecord(baseName(given), wanted.zone);
      const look = async (): Promise<Pick<DelegationRecordView, 'state' | 'message'>> => {
        try {
          const recursor = openResolver(publicResolvers());
          const target = await findRecordTarget(record.name, openResolver, recursor, signal);
          if (target === record.value) return { state: 'set', message: 'it is set' };
          if (target === record.name) return { state: 'missing', message: 'it is not set yet' };
          return { state: 'missing', message: `${record.name} leads to ${target} instead` };
        } catch (thrown) {
          if (isAbort(thrown, signal)) throw thrown;
          return { state: 'unknown', message: toAppError(thrown).message };
        }
      };
      return { ...wanted, record, ...(await look()) };
    },
  };
}
