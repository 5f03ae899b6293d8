/**
 * A DNS provider whose errors say which credential of the configuration they are about.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import type { DnsProvider } from './provider.ts';

export function nameErrors(credential: string, provider: DnsProvider): DnsProvider {
  const named = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (thrown) {
      throw thrown instanceof AppError ? withName(thrown, credential) : thrown;
    }
  };
  return {
    addTxt: (record, signal) => named(provider.addTxt(record, signal)),
    removeTxt: (record, signal) => named(provider.removeTxt(record, signal)),
    close: () => provider.close(),
  };
}

function withName(error: AppError, credential: string): AppError {
  const { code, message, mend, context, cause, retryAt } = error;
  return new AppError(code, `DNS credential ${credential}: ${message}`, {
    mend,
    context: { ...context, credential },
    cause,
    retryAt,
  });
}
