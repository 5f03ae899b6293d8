/**
 * What there is, by filters and in pages; and who may use it.
 *
 * @module
 */
import type { AuditRecord, Role } from '../store/access.ts';
import type { InventoryCounts } from '../store/inventory.ts';
import type { CertificateView, IssuanceView } from '../lifecycle/view.ts';
import type { WireError } from '../core/error-wire.ts';
import type { Reporter } from '../observe/progress.ts';
import type { RESOURCE_REQUESTS, ResourceBody } from './resource-requests.ts';

type Operation<Name extends keyof typeof RESOURCE_REQUESTS, Result> = (
  body: ResourceBody<Name>,
  report: Reporter,
  signal: AbortSignal,
) => Promise<Result>;

export interface ResourceOperations {
  readonly findCertificates: Operation<'findCertificates', FoundCertificate[]>;
  readonly countCertificates: Operation<'countCertificates', InventoryCounts>;
  readonly listIssuances: Operation<'listIssuances', IssuanceDetail[]>;
  readonly showIssuance: Operation<'showIssuance', IssuanceDetail>;
  readonly listOrders: Operation<'listOrders', OrderView[]>;
  readonly showOrder: Operation<'showOrder', OrderView>;
  readonly listEndpoints: Operation<'listEndpoints', EndpointView[]>;
  readonly listIssuers: Operation<'listIssuers', IssuerView[]>;
  readonly listAccounts: Operation<'listAccounts', StoredAccountView[]>;
  readonly listDnsCredentials: Operation<'listDnsCredentials', DnsCredentialView[]>;
  /** In Prometheus' text format. */
  readonly readMetrics: Operation<'readMetrics', { readonly text: string }>;
  readonly listTokens: Operation<'listTokens', TokenView[]>;
  readonly createToken: Operation<'createToken', NewToken>;
  readonly rotateToken: Operation<'rotateToken', NewToken>;
  readonly revokeToken: Operation<'revokeToken', TokenView>;
  readonly listAudit: Operation<'listAudit', AuditView[]>;
}

export type FoundCertificate = CertificateView;

export interface IssuanceDetail extends IssuanceView {
  readonly id: string;
  readonly certificateId: string;
  readonly names: readonly string[];
  readonly isKeyElsewhere?: boolean;
}

export interface OrderView {
  readonly id: string;
  readonly certificateId: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly reason: string;
  readonly state: 'unfinished' | 'issued' | 'rehearsed' | 'failed' | 'abandoned';
  readonly url?: string;
  readonly challenge?: string;
  readonly isRehearsal?: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt?: string;
  readonly error?: WireError;
}

export interface EndpointView {
  readonly host: string;
  readonly protocol: string;
  readonly isTerminated: boolean;
  readonly upstreams: readonly string[];
  readonly redirect?: string;
}

export interface IssuerView {
  readonly name: string;
  readonly type: 'acme' | 'internal';
  readonly directory?: string;
  readonly isDefault: boolean;
  readonly source: 'configuration' | 'store';
}

export interface StoredAccountView {
  readonly directory: string;
  readonly url?: string;
  readonly contact: readonly string[];
  readonly createdAt: string;
  readonly deactivatedAt?: string;
}

export interface DnsCredentialView {
  readonly name: string;
  readonly provider: string;
  readonly zones?: readonly string[];
}

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly patterns?: readonly string[];
  readonly networks?: readonly string[];
  readonly state: 'active' | 'expired' | 'revoked';
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt?: string;
  readonly rotatedAt?: string;
  /** The secret before the rotation counts until then. */
  readonly previousUntil?: string;
  readonly revokedAt?: string;
  readonly lastUsedAt?: string;
}

export interface NewToken {
  readonly token: TokenView;
  /** Shown this once. */
  readonly secret: string;
}

export type AuditView = Omit<AuditRecord, 'at' | 'finishedAt'> & {
  readonly at: string;
  readonly finishedAt?: string;
};
