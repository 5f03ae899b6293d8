/**
 * certctl as a library: certificates for the servers of a Node program.
 *
 * Nothing but these few lines is loaded until a manager is created.
 *
 * @module
 */
export { createManager } from './sdk/create-manager.ts';
export { createTerminator } from './sdk/create-terminator.ts';
export { sniCallback } from './sdk/sni-callback.ts';
export type { ChallengeHandler } from './sdk/challenge-handler.ts';
export type {
  CertificateDetail,
  CertificateView,
  ExportedCertificate,
  IssueResult,
  Manager,
  ManagerEvent,
  ManagerEvents,
  Paired,
  Progress,
  RenewResult,
  WorkOptions,
} from './sdk/manager.ts';
export type {
  AcmeOptions,
  CertificateOptions,
  CertificateWish,
  Logger,
  ManagerOptions,
  TerminatorOptions,
} from './sdk/options.ts';
export type { ManagedTerminator } from './sdk/managed-terminator.ts';
