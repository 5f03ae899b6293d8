import { describe, expect, it } from 'vitest';
import { type Name, parseName } from '../../core/names.ts';
import { ROLES, type Role } from '../../store/access.ts';
import { REQUESTS } from '../requests.ts';
import { authorize, PERMISSIONS, type PermissionName } from './permissions.ts';

const own = names('app.example.com', 'a.customer.net');
const patterns = names('app.example.com', '*.customer.net');

function names(...texts: string[]): Name[] {
  return texts.map(parseName);
}

/** What is allowed: without patterns; bound, on its own names; bound, on those of others. */
const TABLE: readonly (readonly [PermissionName, Role, string])[] = [
  ['issue', 'viewer', '---'],
  ['issue', 'operator', 'yy-'],
  ['issue', 'admin', 'yy-'],
  ['issue/elsewhere', 'operator', '---'],
  ['issue/elsewhere', 'admin', 'y--'],
  ['renew', 'viewer', '---'],
  ['renew', 'operator', 'yy-'],
  ['renew/every', 'operator', 'y--'],
  ['list', 'viewer', 'yyy'],
  ['show', 'viewer', 'yy-'],
  ['revoke', 'viewer', '---'],
  ['revoke', 'operator', 'yy-'],
  ['revokeForeign', 'operator', '---'],
  ['revokeForeign', 'admin', 'y--'],
  ['remove', 'viewer', '---'],
  ['remove', 'operator', 'yy-'],
  ['deploy', 'viewer', '---'],
  ['deploy', 'operator', 'yy-'],
  ['deploy/target', 'viewer', '---'],
  ['deploy/target', 'operator', 'y--'],
  ['exportCertificate', 'viewer', 'yy-'],
  ['exportCertificate/key', 'operator', '---'],
  ['exportCertificate/key', 'admin', 'yy-'],
  ['importCertificate', 'viewer', '---'],
  ['importCertificate', 'operator', 'yy-'],
  ['explain', 'viewer', 'yy-'],
  ['showAccount', 'viewer', '---'],
  ['showAccount', 'operator', 'y--'],
  ['registerAccount', 'operator', '---'],
  ['registerAccount', 'admin', 'y--'],
  ['rollOverAccount', 'operator', '---'],
  ['rollOverAccount', 'admin', 'y--'],
  ['deactivateAccount', 'operator', '---'],
  ['deactivateAccount', 'admin', 'y--'],
  ['diagnose', 'viewer', '---'],
  ['diagnose', 'operator', 'yy-'],
  ['diagnose/every', 'operator', 'y--'],
  ['persistRecord', 'operator', 'yy-'],
  ['delegationRecord', 'viewer', '---'],
  ['delegationRecord', 'operator', 'yy-'],
  ['testCredential', 'viewer', '---'],
  ['testCredential', 'operator', 'y--'],
  ['exportAuthority', 'viewer', 'yyy'],
  ['keyringStatus', 'operator', '---'],
  ['keyringStatus', 'admin', 'y--'],
  ['rotateKeyring', 'operator', '---'],
  ['rotateKeyring', 'admin', 'y--'],
  ['status', 'viewer', 'y--'],
  ['readMetrics', 'viewer', 'y--'],
  ['findCertificates', 'viewer', 'yyy'],
  ['countCertificates', 'viewer', 'yyy'],
  ['listIssuances', 'viewer', 'yyy'],
  ['showIssuance', 'viewer', 'yy-'],
  ['listOrders', 'viewer', 'yyy'],
  ['showOrder', 'viewer', 'yy-'],
  ['listEndpoints', 'viewer', 'yyy'],
  ['listIssuers', 'viewer', 'yyy'],
  ['listAccounts', 'viewer', 'y--'],
  ['listDnsCredentials', 'viewer', '---'],
  ['listDnsCredentials', 'operator', 'y--'],
  ['listTokens', 'operator', '---'],
  ['listTokens', 'admin', 'y--'],
  ['createToken', 'operator', '---'],
  ['createToken', 'admin', 'y--'],
  ['rotateToken', 'operator', '---'],
  ['rotateToken', 'admin', 'y--'],
  ['revokeToken', 'operator', '---'],
  ['revokeToken', 'admin', 'y--'],
  ['listAudit', 'operator', '---'],
  ['listAudit', 'admin', 'y--'],
  ['listEvents', 'viewer', 'yyy'],
  ['showEvent', 'viewer', 'yy-'],
  ['listDeadDeliveries', 'viewer', 'y--'],
  ['deliveryBacklog', 'viewer', 'y--'],
  ['testSubscription', 'viewer', '---'],
  ['testSubscription', 'operator', 'y--'],
  ['replayDeliveries', 'viewer', '---'],
  ['replayDeliveries', 'operator', 'y--'],
];

describe('authorize', () => {
  it.each(TABLE)('%s as %s: %s', (name, role, expected) => {
    const permission = PERMISSIONS[name];
    const verdicts = [
      authorize({ role }, permission, names('other.example.com')),
      authorize({ role, patterns }, permission, own),
      authorize({ role, patterns }, permission, names('app.example.com', 'other.example.com')),
    ];
    expect(verdicts.map(({ isAllowed }) => (isAllowed ? 'y' : '-')).join('')).toBe(expected);
  });

  it.each(Object.keys(PERMISSIONS) as PermissionName[])(
    'never lets a lesser role do more than a greater one: %s',
    (name) => {
      const allowed = ROLES.map((role) => authorize({ role }, PERMISSIONS[name], []).isAllowed);
      expect(allowed).toEqual(allowed.toSorted((a, b) => Number(a) - Number(b)));
      expect(allowed.at(-1)).toBe(true);
    },
  );

  it.each([
    ['app.example.com', true],
    ['a.customer.net', true],
    ['*.customer.net', true],
    ['customer.net', false],
    ['a.b.customer.net', false],
    ['*.a.customer.net', false],
    ['evilcustomer.net', false],
    ['app.example.com.evil.net', false],
    ['*.example.com', false],
    ['10.0.0.1', false],
  ])('takes %s for one of its names: %s', (name, isOwn) => {
    const verdict = authorize({ role: 'viewer', patterns }, PERMISSIONS.show, names(name));
    expect(verdict.isAllowed).toBe(isOwn);
  });

  it('lets who is bound touch nothing without a name', () => {
    expect(authorize({ role: 'admin', patterns }, PERMISSIONS.show, []).isAllowed).toBe(false);
    expect(authorize({ role: 'admin', patterns: [] }, PERMISSIONS.show, own).isAllowed).toBe(false);
  });

  it('has a row for every operation, and the table above for every row', () => {
    const rows = Object.keys(PERMISSIONS);
    expect(rows.filter((row) => !row.includes('/')).toSorted()).toEqual(
      Object.keys(REQUESTS).toSorted(),
    );
    expect([...new Set(TABLE.map(([name]) => name))].toSorted()).toEqual(rows.toSorted());
  });
});
