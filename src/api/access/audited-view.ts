/**
 * What the audit log keeps of a thing before and after a change: states, never secrets.
 *
 * @module
 */
import { pairOf } from '../../core/paired.ts';
import type { Operations } from '../operations.ts';
import type { CertificateView } from '../../lifecycle/view.ts';
import type { OperationName } from '../requests.ts';
import type { NewToken } from '../resource-operations.ts';

export interface AuditedView {
  before(): Promise<unknown>;
  after(result: unknown): Promise<unknown>;
}

const OF_CERTIFICATES: ReadonlySet<OperationName> = new Set([
  'issue',
  'renew',
  'revoke',
  'remove',
  'importCertificate',
  'exportCertificate',
]);
const OF_TOKENS: ReadonlySet<OperationName> = new Set([
  'createToken',
  'rotateToken',
  'revokeToken',
]);
/** What they change is not here: what was asked for, and what came of it, says it all. */
const SAID_BY_RESULT: ReadonlySet<OperationName> = new Set([
  'deploy',
  'replayDeliveries',
  'testSubscription',
]);
const MOST_CERTIFICATES = 20;

export function auditedView(
  operations: Operations,
  operation: OperationName,
  body: unknown,
): AuditedView {
  if (OF_CERTIFICATES.has(operation)) return certificatesView(operations, operation, body);
  if (OF_TOKENS.has(operation)) return tokenView(operations, body);
  if (SAID_BY_RESULT.has(operation)) {
    return { before: async () => body, after: async (result) => result };
  }
  const { issuer } = body as { readonly issuer?: string };
  const said = issuer === undefined ? undefined : { issuer };
  return { before: async () => said, after: async () => undefined };
}

function certificatesView(
  operations: Operations,
  operation: OperationName,
  body: unknown,
): AuditedView {
  const {
    names = [],
    ids = [],
    name,
    id,
  } = body as {
    readonly names?: readonly string[];
    readonly ids?: readonly string[];
    readonly name?: string;
    readonly id?: string;
  };
  const choices = [
    ...(operation === 'issue' ? names.slice(0, 1) : names).map((each) => ({ name: each })),
    ...ids.map((each) => ({ name: '', id: each })),
    ...(name === undefined ? [] : [id === undefined ? { name } : { name, id }]),
  ].slice(0, MOST_CERTIFICATES);
  const look = async (): Promise<unknown> => {
    const found = await Promise.all(
      choices.map(async (choice) => {
        try {
          const shown = await operations.show(choice, () => {}, NEVER);
          return pairOf(shown).map(stateOfCertificate);
        } catch {
          // It is not there, or not the only one of that name: nothing can be said of it.
          return [];
        }
      }),
    );
    const states = found.flat();
    return states.length === 0 ? undefined : states;
  };
  return {
    before: look,
    after: async (result) =>
      operation === 'importCertificate' ? [stateOfCertificate(result as CertificateView)] : look(),
  };
}

function tokenView(operations: Operations, body: unknown): AuditedView {
  const { id } = body as { readonly id?: string };
  return {
    async before() {
      if (id === undefined) return undefined;
      const tokens = await operations.listTokens({}, () => {}, NEVER);
      return tokens.find((token) => token.id === id);
    },
    after: async (result) => {
      const { token = result } = result as Partial<NewToken>;
      return token;
    },
  };
}

function stateOfCertificate(view: CertificateView): object {
  const { id, names, status, source, issuers, challenges, keyType, current } = view;
  return {
    id,
    names,
    status,
    source,
    issuers,
    challenges,
    keyType,
    ...(current === undefined
      ? {}
      : { serial: current.serial, issuer: current.issuer, notAfter: current.notAfter }),
  };
}

const NEVER = new AbortController().signal;
