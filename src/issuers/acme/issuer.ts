/**
 * Certificates from an ACME CA (RFC 8555).
 *
 * @module
 */
import type { AccountHandle } from '../../acme/account.ts';
import { type AcmeClient, openAcmeClient } from '../../acme/client.ts';
import type { Throttle } from '../../acme/throttle.ts';
import { type Order, orderFailure } from '../../acme/order.ts';
import { isProblem, problemOf } from '../../acme/problem.ts';
import { isTemporaryRenewalInfoError } from '../../acme/renewal-info.ts';
import type { ChallengeType } from '../../core/certificate-spec.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import type { RevocationReason } from '../../core/revocation-reason.ts';
import type { SolverSource } from '../../challenges/solver.ts';
import { traced } from '../../observe/tracing/traced.ts';
import type { CaLimits } from '../ca-limits.ts';
import type {
  AccountVault,
  Issuer,
  ObtainRequest,
  ObtainedChain,
  RenewalInfoAnswer,
} from '../issuer.ts';
import { createIssuerAccount } from './account.ts';
import { checkNames } from './check-names.ts';
import { startOverOrThrow } from './next-challenge.ts';
import { downloadPreferred } from './preferred-chain.ts';
import { readIssuerFacts, storedAccountUrl } from './issuer-facts.ts';
import { findLostOrder } from './lost-order.ts';
import { mayHaveArrived, wasNeverSent } from './may-have-arrived.ts';
import { type SolveRequest, cleanUpAnswers, solveAuthorizations } from './solve-authorizations.ts';
import type { AccountSettings } from './account-settings.ts';
import { withAccount } from './registration.ts';

export interface AcmeIssuerOptions extends AccountSettings {
  readonly name: string;
  /** PEM, trusted for this CA's own connections beside the system's roots. */
  readonly caBundle?: string | undefined;
  /** ACME profile of orders that name none. */
  readonly profile?: string | undefined;
  /** For requests that prefer no chain. */
  readonly preferredChain?: string | undefined;
  /** A directory of the same CA whose certificates count for nothing, to rehearse at. */
  readonly stagingDirectoryUrl?: string | undefined;
  readonly userAgent: string;
  /** Configured limits of the CA. */
  readonly limits?: CaLimits | undefined;
  /** Waits for leave to send one request. */
  readonly throttle?: Throttle | undefined;
  readonly vault: AccountVault;
  readonly solvers: SolverSource;
  readonly clock: Clock;
}

/** The CA may send an order back to `ready` or `pending` a few times, but not for ever. */
const MOST_STEPS = 12;
/** Names that fail in turn, each in another way, must not cost orders without end. */
const MOST_ORDERS = 5;

export function createAcmeIssuer(options: AcmeIssuerOptions): Issuer {
  const client = openAcmeClient(options);
  const staging = options.stagingDirectoryUrl && stagingOf(options, options.stagingDirectoryUrl);
  return {
    name: options.name,
    counted: { directoryUrl: options.directoryUrl, limits: options.limits ?? {} },
    check: (request) => checkNames(request, options.solvers),
    obtain: (request, signal) =>
      withAccount({ client, settings: options, report: request.report, signal }, (account) =>
        obtain(client, account, options, request, signal),
      ),
    ...(staging ? { rehearsal: staging } : {}),
    revoke: (leafDer: Uint8Array, reason: RevocationReason, signal) =>
      withAccount({ client, settings: options, report: () => undefined, signal }, (account) =>
        account.revoke(leafDer, reason, signal),
      ),
    revokeByKey: (certificate, privateKey, reason, signal) =>
      client.revokeByCertificateKey({ certificate, privateKey, reason }, signal),
    renewalInfo: (ariId, signal) => askRenewalInfo(client, ariId, signal),
    facts: async (signal) => {
      const accountUrl = await storedAccountUrl(options.vault, options.directoryUrl);
      return readIssuerFacts(client, accountUrl, signal);
    },
    account: createIssuerAccount(client, options),
    close: async () => {
      await client.close();
      if (staging) await staging.close();
    },
  };
}

function stagingOf(production: AcmeIssuerOptions, directoryUrl: string) {
  // An external account is known to one directory only.
  const options = {
    ...production,
    directoryUrl,
    externalAccount: undefined,
    preferredChain: undefined,
  };
  const client = openAcmeClient(options);
  return {
    counted: { directoryUrl, limits: {} },
    close: () => client.close(),
    obtain: (request: ObtainRequest, signal: AbortSignal) =>
      withAccount({ client, settings: options, report: request.report, signal }, (account) =>
        obtain(client, account, options, request, signal),
      ),
  };
}

/** One order, and another for each challenge type that the CA did not accept. */
async function obtain(
  client: AcmeClient,
  account: AccountHandle,
  options: AcmeIssuerOptions,
  given: ObtainRequest,
  signal: AbortSignal,
): Promise<ObtainedChain> {
  const { solvers } = options;
  const seen = { unusable: new Map(), offered: new Map(), warnedOf: new Set<ChallengeType>() };
  const request = { ...given, solvers, ...seen };
  for (let orders = 1; ; orders += 1) {
    try {
      return await followOrder(client, account, options, request, signal);
    } catch (thrown) {
      if (isAbort(thrown, signal) || orders === MOST_ORDERS) throw thrown;
      const error = toAppError(thrown);
      if (error.code !== 'acme/challenge-failed') throw thrown;
      await startOverOrThrow(account, request, error, signal);
    }
  }
}

async function followOrder(
  client: AcmeClient,
  account: AccountHandle,
  options: AcmeIssuerOptions,
  request: SolveRequest,
  signal: AbortSignal,
): Promise<ObtainedChain> {
  let order = await traced('order.open', () =>
    openOrder(client, account, options, request, signal),
  );
  if (order.status !== 'pending' && request.journal.entry.answers.length > 0) {
    await cleanUpAnswers(request, new Map());
  }
  for (let step = 1; step <= MOST_STEPS; step += 1) {
    switch (order.status) {
      case 'pending':
        await traced('authorizations', () => solveAuthorizations(account, order, request, signal));
        order = await traced('order.await-ready', () =>
          account.pollOrder(order.url, { status: 'ready' }, signal),
        );
        break;
      case 'ready':
        request.report({ step: 'finalizing', message: 'asking the CA to sign' });
        order = await traced('finalize', () => finalize(account, order, request.csr, signal));
        break;
      case 'processing':
        order = await traced('order.await-valid', () =>
          account.pollOrder(order.url, { status: 'valid', from: order }, signal),
        );
        break;
      case 'valid':
        return traced('download', () => download(account, order, options, request, signal));
      case 'invalid':
        throw orderFailure(order);
    }
  }
  throw new AppError(
    'acme/order-failed',
    `the order ${order.url} does not get beyond ${order.status}`,
    {
      mend: 'Try again; if it stays so, report it to the CA.',
    },
  );
}

/** Goes on with the journaled order, or creates one and journals it before anything else. */
async function openOrder(
  client: AcmeClient,
  account: AccountHandle,
  options: AcmeIssuerOptions,
  request: ObtainRequest,
  signal: AbortSignal,
): Promise<Order> {
  const { journal, report } = request;
  const { url } = journal.entry;
  if (url !== undefined) {
    const order = await resumeOrder(account, url, signal);
    report({ step: 'order-resumed', message: `going on with the order ${url}` });
    return order;
  }
  const profile = request.profile ?? options.profile;
  await checkProfile(client, profile, signal);
  await request.beforeOrder?.(await readIssuerFacts(client, account.url, signal), signal);
  const order =
    (await findLostOrder(account, { ...request, profile }, signal)) ??
    (await askForOrder(client, account, { ...request, profile }, signal));
  await journal.save({ url: order.url, finalizeUrl: order.finalize });
  report({ step: 'order-created', message: `order created: ${order.url}` });
  return order;
}

/** A CA that no longer knows the order says so by 404, or as an error about its URL. */
async function resumeOrder(
  account: AccountHandle,
  url: string,
  signal: AbortSignal,
): Promise<Order> {
  try {
    return await account.fetchOrder(url, signal);
  } catch (thrown) {
    const status = problemOf(thrown)?.status;
    const isForgotten =
      status === 404 || isProblem(thrown, 'malformed') || isProblem(thrown, 'unauthorized');
    if (!isForgotten) throw thrown;
    throw new AppError('acme/order-failed', `the CA no longer knows the order ${url}`, {
      cause: thrown,
    });
  }
}

/** What the journal says of it is true after a crash at any moment, and costs the first attempt no write. */
async function askForOrder(
  client: AcmeClient,
  account: AccountHandle,
  request: ObtainRequest,
  signal: AbortSignal,
): Promise<Order> {
  const { journal } = request;
  const { newOrder: url } = await client.directory(signal);
  if (journal.entry.hasNoOrder === true) await journal.save({ hasNoOrder: false });
  try {
    return await createOrder(client, account, request, signal);
  } catch (thrown) {
    // What fails before, e.g. for want of a nonce, has asked for nothing.
    const isAtIt = toAppError(thrown).context['url'] === url && !wasNeverSent(thrown);
    const isAsked = isAtIt && mayHaveArrived(thrown);
    if (!isAbort(thrown, signal) && !isAsked) await journal.save({ hasNoOrder: true });
    throw thrown;
  }
}

/**
 * RFC 9773 §5: `replaces` helps the CA; an error about it must never cost the certificate. That it
 * was refused is on disk before the order without it, so whoever goes on does not ask again.
 */
async function createOrder(
  client: AcmeClient,
  account: AccountHandle,
  request: ObtainRequest,
  signal: AbortSignal,
): Promise<Order> {
  const { names, profile, replaces, report, journal } = request;
  const { renewalInfo } = await client.directory(signal);
  const isRefused = journal.entry.replacesRefused === true;
  if (replaces === undefined || renewalInfo === undefined || isRefused) {
    return account.newOrder({ names, profile }, signal);
  }
  try {
    return await account.newOrder({ names, profile, replaces }, signal);
  } catch (thrown) {
    if (isAbort(thrown, signal) || !mayBeAboutReplaces(thrown)) throw thrown;
    report({ step: 'warning', message: 'the CA refuses to link the order to its predecessor' });
    await journal.save({ replacesRefused: true });
    return account.newOrder({ names, profile }, signal);
  }
}

/** These would refuse the order without `replaces` just the same. */
const NOT_ABOUT_REPLACES = ['accountDoesNotExist', 'badNonce', 'rateLimited', 'userActionRequired'];

/**
 * `alreadyReplaced` is the one documented; CAs also answer with other types for a predecessor that
 * they do not know, that another account has, or that shares no name with the order.
 */
function mayBeAboutReplaces(thrown: unknown): boolean {
  const problem = problemOf(thrown);
  return problem !== undefined && !NOT_ABOUT_REPLACES.includes(problem.type);
}

async function checkProfile(
  client: AcmeClient,
  profile: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (profile === undefined) return;
  const offered = Object.keys((await client.directory(signal)).meta.profiles);
  if (offered.includes(profile)) return;
  const list = offered.length === 0 ? 'it offers none' : `it offers ${offered.join(', ')}`;
  throw new AppError('acme/profile-unavailable', `the CA has no profile "${profile}": ${list}`, {
    mend: 'Choose one of these, or leave the profile out.',
  });
}

/**
 * RFC 8555 §7.4: `orderNotReady` means that the order's status says what to do. So does a lost
 * answer, once the order is beyond `ready`.
 */
async function finalize(
  account: AccountHandle,
  order: Order,
  csr: Uint8Array,
  signal: AbortSignal,
): Promise<Order> {
  try {
    return await account.finalize(order, csr, signal);
  } catch (thrown) {
    if (isProblem(thrown, 'orderNotReady')) return account.fetchOrder(order.url, signal);
    if (isAbort(thrown, signal) || !mayHaveArrived(thrown)) throw thrown;
    const seen = await account.fetchOrder(order.url, signal);
    if (seen.status === 'ready') throw thrown;
    return seen;
  }
}

async function download(
  account: AccountHandle,
  order: Order,
  options: AcmeIssuerOptions,
  { journal, report, ...request }: ObtainRequest,
  signal: AbortSignal,
): Promise<ObtainedChain> {
  if (order.certificate === undefined) {
    throw new AppError(
      'acme/bad-response',
      `the order ${order.url} is valid but has no certificate`,
    );
  }
  await journal.save({ certificateUrl: order.certificate });
  const wanted = request.preferredChain ?? options.preferredChain;
  const chainPem = await downloadPreferred(account, order.certificate, wanted, report, signal);
  report({ step: 'chain-received', message: 'certificate received' });
  return { chainPem, ...(order.profile === undefined ? {} : { profile: order.profile }) };
}

async function askRenewalInfo(
  client: AcmeClient,
  ariId: string,
  signal: AbortSignal,
): Promise<RenewalInfoAnswer> {
  try {
    const info = await client.renewalInfo(ariId, signal);
    return {
      available: true,
      window: info.suggestedWindow,
      checkAt: info.retryAt,
      ...(info.explanationURL === undefined ? {} : { explanationUrl: info.explanationURL }),
    };
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const retryAt = thrown instanceof AppError ? thrown.retryAt : undefined;
    return {
      available: false,
      isTemporary: isTemporaryRenewalInfoError(thrown),
      ...(retryAt === undefined ? {} : { retryAt }),
    };
  }
}
