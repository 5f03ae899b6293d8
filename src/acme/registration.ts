/**
 * Creating an account, or finding the one that a key already has (RFC 8555 §7.3).
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { type Account, accountSchema } from './account-state.ts';
import type { Directory } from './directory.ts';
import type { Exchange } from './exchange.ts';
import { hostOf, resolveUrl } from './https-url.ts';
import { badAnswer, parseAnswer } from './parse-answer.ts';
import type { ExternalAccount } from './external-account.ts';
import { createSigner } from './signer.ts';

export interface NewAccount {
  readonly privateKey: KeyObject;
  /** URLs such as `mailto:ops@example.com`. */
  readonly contact?: readonly string[] | undefined;
  readonly termsOfServiceAgreed: boolean;
  /** Finds the account of this key and creates none. */
  readonly onlyReturnExisting?: boolean | undefined;
  readonly externalAccount?: ExternalAccount | undefined;
}

/**
 * Repeating it with the same key returns the same account, so a lost answer does no harm.
 *
 * @throws `acme/terms-required` before anything is sent, when the CA has terms and they are not
 *   agreed to; `acme/unauthorized` without a needed external account, for an account that was
 *   deactivated, and when `onlyReturnExisting` finds none.
 */
export async function createAccount(
  exchange: Exchange,
  request: NewAccount,
  signal?: AbortSignal,
): Promise<Account> {
  const directory = await exchange.directory(signal);
  const attempted =
    request.onlyReturnExisting === true ? 'find the account of this key' : 'create an account';
  if (request.onlyReturnExisting !== true) checkConditions(directory, request);
  const signer = createSigner(request.privateKey);
  const url = directory.newAccount;
  const response = await exchange.post(
    { url, attempted, signer, payload: payloadFor(request, url, signer) },
    signal,
  );
  const location = resolveUrl(response.headers['location'], url);
  if (location === undefined) throw badAnswer(response, attempted, 'it has no Location header');
  const account = { ...parseAnswer(response, accountSchema, attempted), url: location };
  if (account.status === 'valid') return account;
  throw new AppError(
    'acme/unauthorized',
    `the account of this key at ${hostOf(url)} is ${account.status}`,
    {
      context: { accountUrl: location, status: account.status },
      mend: 'Register with another account key.',
    },
  );
}

function payloadFor(
  request: NewAccount,
  url: string,
  signer: ReturnType<typeof createSigner>,
): object {
  if (request.onlyReturnExisting === true) return { onlyReturnExisting: true };
  const { externalAccount, contact = [] } = request;
  return {
    termsOfServiceAgreed: request.termsOfServiceAgreed,
    contact: contact.length === 0 ? undefined : contact,
    externalAccountBinding:
      externalAccount === undefined ? undefined : signer.bindExternalAccount(url, externalAccount),
  };
}

function checkConditions({ meta, newAccount }: Directory, request: NewAccount): void {
  const host = hostOf(newAccount);
  if (meta.termsOfService !== undefined && !request.termsOfServiceAgreed) {
    throw new AppError(
      'acme/terms-required',
      `${host} creates accounts only for those who accept its terms`,
      {
        context: { termsOfService: meta.termsOfService },
        mend: `Read ${meta.termsOfService} and set acceptTerms: true for this issuer.`,
      },
    );
  }
  if (meta.externalAccountRequired && request.externalAccount === undefined) {
    throw new AppError('acme/unauthorized', `${host} creates accounts only for external accounts`, {
      mend: `Get an external account from ${meta.website ?? 'the CA'} and set its keyId and hmacKey.`,
    });
  }
}
