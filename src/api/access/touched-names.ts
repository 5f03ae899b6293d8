/**
 * Which permission a request takes, and which names it is about.
 *
 * @module
 */
import { type Name, parseName } from '../../core/names.ts';
import type { CertificateChoice } from '../../lifecycle/select.ts';
import type { OperationName } from '../requests.ts';
import type { PermissionName } from './permissions.ts';

/** Where names are looked up. Finds nothing for what does not exist. */
export interface NameSource {
  /** All names of the chosen certificates, and with `sharedKey` those of all that have their key. */
  ofChoice(choice: CertificateChoice, sharedKey: boolean): Promise<readonly Name[]>;
  ofIssuance(id: string): Promise<readonly Name[]>;
  ofOrder(id: string): Promise<readonly Name[]>;
  ofEvent(id: string): Promise<readonly Name[]>;
  /** @throws `input/invalid`. */
  ofCsr(der: string): Promise<readonly Name[]>;
  /** @throws `input/invalid`. */
  ofChain(pem: string): Promise<readonly Name[]>;
}

/** The fields that say which names a request is about; it has passed its schema. */
interface Body {
  readonly name?: string;
  readonly keyAlgorithm?: 'ec' | 'rsa';
  readonly id?: string;
  readonly ids?: readonly string[];
  readonly names?: readonly string[];
  readonly csr?: string;
  readonly every?: string;
  readonly withKey?: boolean;
  readonly reason?: string;
  readonly target?: string;
  readonly chainPem?: string;
  readonly adHocIssuer?: object;
  readonly wanted?: { readonly http01Port?: number; readonly tlsAlpn01Port?: number };
}

export function permissionOf(operation: OperationName, body: unknown): PermissionName {
  const { adHocIssuer, wanted, every, withKey, names, target } = body as Body;
  if (operation === 'issue') {
    const ports = wanted?.http01Port ?? wanted?.tlsAlpn01Port;
    return adHocIssuer === undefined && ports === undefined ? 'issue' : 'issue/elsewhere';
  }
  if (operation === 'renew' && every !== undefined) return 'renew/every';
  if (operation === 'deploy' && target !== undefined) return 'deploy/target';
  if (operation === 'exportCertificate' && withKey === true) return 'exportCertificate/key';
  if (operation === 'diagnose' && names?.length === 0) return 'diagnose/every';
  return operation;
}

/** Those in the request, and those that come with the certificates that it means. */
export async function namesTouched(
  operation: OperationName,
  body: unknown,
  source: NameSource,
): Promise<readonly Name[]> {
  const { name, names = [], keyAlgorithm, id, ids = [], csr, reason, chainPem } = body as Body;
  switch (operation) {
    case 'issue':
      return csr === undefined ? names.map(parseName) : source.ofCsr(csr);
    case 'importCertificate':
      return source.ofChain(chainPem ?? '');
    case 'showIssuance':
      return source.ofIssuance(id ?? '');
    case 'showOrder':
      return source.ofOrder(id ?? '');
    case 'showEvent':
      return source.ofEvent(id ?? '');
    case 'explain':
    case 'persistRecord':
    case 'delegationRecord':
      return [parseName(name ?? '')];
    case 'diagnose':
      return names.map(parseName);
    case 'renew': {
      const byName = names.map((each) => ({ name: each, keyAlgorithm }));
      const byId = ids.map((each) => ({ name: '', id: each }));
      const found = [...byName, ...byId].map((choice) => ofChoice(choice, false));
      return (await Promise.all(found)).flat();
    }
    case 'show':
    case 'remove':
    case 'deploy':
    case 'exportCertificate':
      return ofChoice({ name: name ?? '', keyAlgorithm, id }, false);
    case 'revoke':
      return ofChoice({ name: name ?? '', keyAlgorithm, id }, reason === 'keyCompromise');
    default:
      return [];
  }

  /** A name that nothing has is still a name that was asked for. */
  async function ofChoice(choice: CertificateChoice, sharedKey: boolean): Promise<Name[]> {
    const asked = choice.id === undefined ? [parseName(choice.name)] : [];
    return [...asked, ...(await source.ofChoice(choice, sharedKey))];
  }
}
