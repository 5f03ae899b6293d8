/**
 * A client of one ACME server (RFC 8555), from its directory on.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { AccountHandle, type AccountCredentials, revokeCertificate } from './account.ts';
import type { Account } from './account-state.ts';
import type { RevocationReason } from '../core/revocation-reason.ts';
import type { Directory } from './directory.ts';
import { Exchange } from './exchange.ts';
import { hostOf, parseDirectoryUrl } from './https-url.ts';
import { OrderLists } from './order-list.ts';
import { createAccount, type NewAccount } from './registration.ts';
import { parseRenewalInfo, type RenewalInfo } from './renewal-info.ts';
import { watchServerClock } from './server-clock.ts';
import { createSigner } from './signer.ts';
import { openTransport, type TransportOptions } from './transport.ts';

export interface AcmeClientOptions extends TransportOptions {
  readonly directoryUrl: string;
}

/**
 * Every method may be called by many at a time: they share connections and nonces.
 *
 * Each rejects with the signal's reason when it is aborted; with `acme/unreachable`,
 * `acme/untrusted` or `acme/timeout` when nobody answers; with `acme/bad-response` when what
 * answers is not ACME; and else with the error that the CA's problem document means.
 */
export interface AcmeClient extends AsyncDisposable {
  directory(signal?: AbortSignal): Promise<Directory>;
  createAccount(request: NewAccount, signal?: AbortSignal): Promise<Account>;
  account(credentials: AccountCredentials): AccountHandle;
  /** By the key of the certificate, for who has it but not the account. `certificate` is DER. */
  revokeByCertificateKey(revocation: RevocationByKey, signal?: AbortSignal): Promise<void>;
  /** @throws `acme/unsupported` when the directory has no renewalInfo. */
  renewalInfo(certificateId: string, signal?: AbortSignal): Promise<RenewalInfo>;
  /** How far the CA's clock is ahead of ours; `undefined` before its first answer. */
  clockAheadMs(): number | undefined;
  close(): Promise<void>;
}

export interface RevocationByKey {
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
  readonly reason?: RevocationReason | undefined;
}

/** Sends nothing yet. @throws `input/invalid` for a URL that is not https, and a bad CA bundle. */
export function openAcmeClient(options: AcmeClientOptions): AcmeClient {
  const directoryUrl = parseDirectoryUrl(options.directoryUrl);
  const { transport, aheadMs } = watchServerClock(openTransport(options));
  const exchange = new Exchange(transport, directoryUrl, options.clock);
  const lists = new OrderLists(exchange);
  const close = async (): Promise<void> => transport[Symbol.asyncDispose]();
  return {
    directory: async (signal) => exchange.directory(signal),
    createAccount: async (request, signal) => createAccount(exchange, request, signal),
    account: (credentials) => new AccountHandle(exchange, lists, credentials),
    revokeByCertificateKey: async ({ privateKey, ...revocation }, signal) =>
      revokeCertificate(exchange, { signer: createSigner(privateKey) }, revocation, signal),
    renewalInfo: async (certificateId, signal) => renewalInfo(exchange, certificateId, signal),
    clockAheadMs: aheadMs,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function renewalInfo(
  exchange: Exchange,
  certificateId: string,
  signal?: AbortSignal,
): Promise<RenewalInfo> {
  const { renewalInfo: base, newOrder } = await exchange.directory(signal);
  if (base === undefined) {
    throw new AppError('acme/unsupported', `${hostOf(newOrder)} offers no renewal information`, {
      mend: 'Renew by the dates of the certificate.',
    });
  }
  const attempted = 'read renewal information';
  const url = `${base.replace(/\/$/, '')}/${certificateId}`;
  return parseRenewalInfo(await exchange.get({ url, attempted }, signal), attempted);
}
