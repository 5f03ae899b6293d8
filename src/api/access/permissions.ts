/**
 * Who may do what: one table of operations, and one function of role, names and operation.
 *
 * @module
 */
import { type Name, isWithin } from '../../core/names.ts';
import type { Role } from '../../store/access.ts';
import type { OperationName } from '../requests.ts';

/** What a caller may do. */
export interface Grant {
  readonly role: Role;
  /** The names that it is bound to; absent: every name. */
  readonly patterns?: readonly Name[] | undefined;
}

export interface Permission {
  /** The least role. */
  readonly role: Role;
  /**
   * `names`: the names that are touched have to be the caller's. `listed`: the answer has the
   * caller's names only. `nothing`: touches no name. `all`: only for who is bound to no name.
   */
  readonly scope: 'names' | 'listed' | 'nothing' | 'all';
  /** Goes to the audit log. */
  readonly isChange: boolean;
}

export const PERMISSIONS = {
  issue: change('operator', 'names'),
  /** With an issuer, or listeners, that the request itself describes. */
  'issue/elsewhere': change('admin', 'all'),
  renew: change('operator', 'names'),
  'renew/every': change('operator', 'all'),
  list: look('viewer', 'listed'),
  show: look('viewer', 'names'),
  revoke: change('operator', 'names'),
  revokeForeign: change('admin', 'all'),
  remove: change('operator', 'names'),
  deploy: change('operator', 'names'),
  /** To a target of the caller's choice, which may be that of somebody else's names. */
  'deploy/target': change('operator', 'all'),
  exportCertificate: look('viewer', 'names'),
  'exportCertificate/key': change('admin', 'names'),
  importCertificate: change('operator', 'names'),
  explain: look('viewer', 'names'),
  showAccount: look('operator', 'all'),
  registerAccount: change('admin', 'all'),
  rollOverAccount: change('admin', 'all'),
  deactivateAccount: change('admin', 'all'),
  diagnose: look('operator', 'names'),
  'diagnose/every': look('operator', 'all'),
  persistRecord: look('operator', 'names'),
  delegationRecord: look('operator', 'names'),
  testCredential: change('operator', 'all'),
  exportAuthority: look('viewer', 'nothing'),
  keyringStatus: look('admin', 'all'),
  rotateKeyring: change('admin', 'all'),
  /** Their counts are of every endpoint. */
  status: look('viewer', 'all'),
  readMetrics: look('viewer', 'all'),
  findCertificates: look('viewer', 'listed'),
  countCertificates: look('viewer', 'listed'),
  listIssuances: look('viewer', 'listed'),
  showIssuance: look('viewer', 'names'),
  listOrders: look('viewer', 'listed'),
  showOrder: look('viewer', 'names'),
  listEndpoints: look('viewer', 'listed'),
  listIssuers: look('viewer', 'nothing'),
  listAccounts: look('viewer', 'all'),
  listDnsCredentials: look('operator', 'all'),
  listTokens: look('admin', 'all'),
  createToken: change('admin', 'all'),
  rotateToken: change('admin', 'all'),
  revokeToken: change('admin', 'all'),
  listAudit: look('admin', 'all'),
  listEvents: look('viewer', 'listed'),
  showEvent: look('viewer', 'names'),
  listDeadDeliveries: look('viewer', 'all'),
  deliveryBacklog: look('viewer', 'all'),
  testSubscription: change('operator', 'all'),
  replayDeliveries: change('operator', 'all'),
} as const satisfies Record<OperationName | `${OperationName}/${string}`, Permission>;

export type PermissionName = keyof typeof PERMISSIONS;

export type Verdict =
  | { readonly isAllowed: true }
  /** Why not: a fragment. */
  | { readonly isAllowed: false; readonly reason: string };

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

/** @param touched the names that the operation is about, where its scope is `names` */
export function authorize(
  { role, patterns }: Grant,
  permission: Permission,
  touched: readonly Name[],
): Verdict {
  if (RANK[role] < RANK[permission.role]) {
    return refused(`it takes the role ${permission.role}, and the caller has ${role}`);
  }
  if (patterns === undefined) return { isAllowed: true };
  switch (permission.scope) {
    case 'nothing':
    case 'listed':
      return { isAllowed: true };
    case 'all':
      return refused('it is not for callers that are bound to names');
    case 'names': {
      const outside = touched.find((name) => !isWithin(patterns, [name]));
      // Without a name nothing shows that it is the caller's.
      if (touched.length > 0 && outside === undefined) return { isAllowed: true };
      return refused(`${outside ?? 'this'} is outside the names that the caller is bound to`);
    }
    default:
      return permission.scope satisfies never;
  }
}

function refused(reason: string): Verdict {
  return { isAllowed: false, reason };
}

function look(role: Role, scope: Permission['scope']): Permission {
  return { role, scope, isChange: false };
}

function change(role: Role, scope: Permission['scope']): Permission {
  return { role, scope, isChange: true };
}
