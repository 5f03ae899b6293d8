/**
 * The operations on accounts at issuers.
 *
 * @module
 */
import type { AccountView, OfIssuer, Operations } from '../api/operations.ts';
import { AppError } from '../core/errors.ts';
import type { AccountState, IssuerAccount, IssuerSource } from '../issuers/issuer.ts';

type AccountOperations = Pick<
  Operations,
  'showAccount' | 'registerAccount' | 'rollOverAccount' | 'deactivateAccount'
>;

export function createAccountOperations(
  issuers: IssuerSource,
  defaultIssuer: () => string | undefined,
): AccountOperations {
  async function withAccount(
    { issuer: name = defaultIssuer() ?? '' }: OfIssuer,
    work: (account: IssuerAccount) => Promise<AccountState>,
  ): Promise<AccountView> {
    const { account } = await issuers.find(name);
    if (account !== undefined) return { issuer: name, ...(await work(account)) };
    throw new AppError('issuer/unsupported', `the issuer "${name}" has no accounts`, {
      mend: 'Name an issuer of type acme with --issuer.',
    });
  }

  return {
    showAccount: (body, _report, signal) => withAccount(body, (account) => account.show(signal)),
    registerAccount: (body, report, signal) =>
      withAccount(body, (account) => account.register(report, signal)),
    rollOverAccount: (body, report, signal) =>
      withAccount(body, (account) => account.rollOver(report, signal)),
    deactivateAccount: (body, report, signal) =>
      withAccount(body, (account) => account.deactivate(report, signal)),
  };
}
