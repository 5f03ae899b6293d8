/**
 * What the API answers, by the very schemas that describe it.
 *
 * @module
 */
import type { z } from 'zod';
import type * as schemas from '../api/http/schemas.ts';

type Answer<Name extends keyof typeof schemas> = (typeof schemas)[Name] extends z.ZodType
  ? z.output<(typeof schemas)[Name]>
  : never;

export type Account = Answer<'account'>;
export type AuditEntry = Answer<'auditEntry'>;
export type Backlog = Answer<'backlog'>;
export type Caller = Answer<'caller'>;
export type Certificate = Answer<'certificate'>;
export type CertificateDetail = Answer<'certificateDetail'>;
export type CertificateStatus = Certificate['status'];
export type Counts = Answer<'counts'>;
export type DeadDelivery = Answer<'deadDelivery'>;
export type Deployment = NonNullable<Certificate['deployments']>[number];
export type DnsCredential = Answer<'dnsCredential'>;
export type Endpoint = Answer<'endpoint'>;
export type Event = CertificateDetail['events'][number];
export type Explanation = Answer<'explanation'>;
export type Issuance = CertificateDetail['history'][number];
export type Issuer = Answer<'issuer'>;
export type Job = Answer<'job'>;
export type Order = Answer<'order'>;
export type Problem = Answer<'problem'>;
export type SessionAnswer = Answer<'session'>;
export type ShownToken = Answer<'shownToken'>;
export type Status = Answer<'status'>;
export type Token = Answer<'token'>;

/** One page of a list. */
export interface PageOf<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}
