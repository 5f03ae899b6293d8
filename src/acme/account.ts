/**
 * An account at work: the requests that its key signs.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { type By, changeKey, deactivateAccount, updateContact } from './account-changes.ts';
import { type Account, accountSchema } from './account-state.ts';
import { type Authorization, authorizationSchema } from './authorization.ts';
import {
  CHAIN_LIMIT_BYTES,
  CHAIN_TYPE,
  type DownloadedChain,
  parseChain,
  revocationPayload,
} from './certificate.ts';
import type { RevocationReason } from '../core/revocation-reason.ts';
import type { Exchange, SignedRequest } from './exchange.ts';
import { hostOf, resolveUrl } from './https-url.ts';
import { describeIdentifiers, identifierFor, identifiersMatch } from './identifier.ts';
import {
  hasReached,
  type NewOrder,
  type Order,
  type OrderGoal,
  orderPayload,
  orderSchema,
} from './order.ts';
import type { OrderLists, OrderSearch } from './order-list.ts';
import { challengeAnswerSchema } from './challenge.ts';
import { badAnswer, parseAnswer } from './parse-answer.ts';
import { poll, type Polled } from './poll.ts';
import { isProblem } from './problem.ts';
import { parseRetryAfter } from './retry-after.ts';
import { createSigner, type Signer } from './signer.ts';
import type { TransportResponse } from './transport.ts';

export interface AccountCredentials {
  readonly url: string;
  readonly privateKey: KeyObject;
}

export interface AuthorizationPoll {
  /** The newest known state; without it the authorization is fetched at once. */
  readonly from?: Authorization | undefined;
  readonly timeoutMs?: number | undefined;
  /** How many looks in a row may fail: a look that failed says nothing about the validation. */
  readonly mostFailures?: number | undefined;
}

/** Does I/O in every method that waits; what the CA answers is plain data. */
export class AccountHandle {
  readonly url: string;
  readonly #exchange: Exchange;
  readonly #lists: OrderLists;
  readonly #signer: Signer;

  constructor(exchange: Exchange, lists: OrderLists, { url, privateKey }: AccountCredentials) {
    this.#exchange = exchange;
    this.#lists = lists;
    this.url = url;
    this.#signer = createSigner(privateKey);
  }

  async fetchAccount(signal?: AbortSignal): Promise<Account> {
    const attempted = 'read the account';
    const response = await this.#post({ url: this.url, attempted }, signal);
    return { ...parseAnswer(response, accountSchema, attempted), url: this.url };
  }

  async updateContact(contact: readonly string[], signal?: AbortSignal): Promise<Account> {
    return updateContact(this.#exchange, this.#by, contact, signal);
  }

  /** This handle goes on signing by the old key, which the CA then refuses. */
  async changeKey(newKey: KeyObject, signal?: AbortSignal): Promise<void> {
    return changeKey(this.#exchange, this.#by, newKey, signal);
  }

  async deactivate(signal?: AbortSignal): Promise<Account> {
    return deactivateAccount(this.#exchange, this.#by, signal);
  }

  /**
   * Sent once: after a lost answer the order may exist, and repeating returns it at some CAs and
   * orders anew at others. The order can be `ready` or `valid` at once.
   */
  async newOrder(request: NewOrder, signal?: AbortSignal): Promise<Order> {
    const { newOrder: url } = await this.#exchange.directory(signal);
    const attempted = `create an order for ${describeIdentifiers(request.names.map(identifierFor))}`;
    const response = await this.#post({ url, attempted, payload: orderPayload(request) }, signal);
    const location = resolveUrl(response.headers['location'], url);
    if (location === undefined) throw badAnswer(response, attempted, 'it has no Location header');
    const order = orderOf(response, location, attempted);
    // RFC 8555 §7.4: an order is for what was asked, or it is refused.
    if (identifiersMatch(order.identifiers, request.names)) return order;
    throw badAnswer(
      response,
      attempted,
      `the order is for ${describeIdentifiers(order.identifiers)}`,
    );
  }

  /** Looks through the account's orders, as far as the CA lists them. */
  async findOrder(search: OrderSearch, signal?: AbortSignal): Promise<Order | undefined> {
    return this.#lists.find(this.#by, search, signal);
  }

  async fetchOrder(url: string, signal?: AbortSignal): Promise<Order> {
    const attempted = 'read an order';
    return orderOf(await this.#post({ url, attempted }, signal), url, attempted);
  }

  /** @returns the order in the state that ended the wait; it need not be the goal's. */
  async pollOrder(url: string, goal: OrderGoal, signal?: AbortSignal): Promise<Order> {
    return poll(
      {
        load: async () => polled(await this.fetchOrder(url, signal)),
        isDone: (order) => hasReached(order, goal),
        from: goal.from === undefined ? undefined : polled(goal.from),
        timeoutMs: goal.timeoutMs,
        subject: `the order ${url}`,
        clock: this.#exchange.clock,
      },
      signal,
    );
  }

  async fetchAuthorization(url: string, signal?: AbortSignal): Promise<Authorization> {
    return (await this.#loadAuthorization(url, signal)).value;
  }

  /** @returns the authorization once it is no longer `pending`. */
  async pollAuthorization(
    url: string,
    options: AuthorizationPoll = {},
    signal?: AbortSignal,
  ): Promise<Authorization> {
    return poll(
      {
        load: async () => this.#loadAuthorization(url, signal),
        isDone: ({ status }) => status !== 'pending',
        from: options.from === undefined ? undefined : { value: options.from },
        timeoutMs: options.timeoutMs,
        mostFailures: options.mostFailures,
        subject: `the authorization ${url}`,
        clock: this.#exchange.clock,
      },
      signal,
    );
  }

  /** Tells the CA that the answer to a challenge is in place; it looks once, and soon. */
  async respond(challengeUrl: string, signal?: AbortSignal): Promise<void> {
    const attempted = 'validate a challenge';
    const response = await this.#post({ url: challengeUrl, attempted, payload: {} }, signal);
    // A page of somebody in between would mean that the CA never looks.
    parseAnswer(response, challengeAnswerSchema, attempted);
  }

  /** What proves control for a challenge's `token` (RFC 8555 §8.1). */
  keyAuthorization(token: string): string {
    return `${token}.${this.thumbprint}`;
  }

  get thumbprint(): string {
    return this.#signer.thumbprint;
  }

  /**
   * Sent once. The order may come back `processing`: poll it then.
   *
   * @throws `acme/rejected` with the problem `orderNotReady` for any order that is not `ready`: go
   *   by the order's status then.
   */
  async finalize(
    order: Pick<Order, 'url' | 'finalize' | 'identifiers'>,
    csr: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Order> {
    const attempted = `sign the certificate for ${describeIdentifiers(order.identifiers)}`;
    const payload = { csr: Buffer.from(csr).toString('base64url') };
    const response = await this.#post({ url: order.finalize, attempted, payload }, signal);
    return orderOf(response, order.url, attempted);
  }

  async downloadChain(certificateUrl: string, signal?: AbortSignal): Promise<DownloadedChain> {
    const attempted = 'download the certificate';
    const response = await this.#post(
      { url: certificateUrl, attempted, accept: CHAIN_TYPE, limitBytes: CHAIN_LIMIT_BYTES },
      signal,
    );
    return parseChain(response, attempted);
  }

  /** Succeeds for a certificate that is already revoked. `certificate` is DER. */
  async revoke(
    certificate: Uint8Array,
    reason?: RevocationReason,
    signal?: AbortSignal,
  ): Promise<void> {
    await revokeCertificate(this.#exchange, this.#by, { certificate, reason }, signal);
  }

  async #loadAuthorization(url: string, signal?: AbortSignal): Promise<Polled<Authorization>> {
    const attempted = 'read an authorization';
    const response = await this.#post({ url, attempted }, signal);
    const value = { ...parseAnswer(response, authorizationSchema, attempted), url };
    return { value, retryAt: retryAtOf(response) };
  }

  async #post(
    request: Omit<SignedRequest, 'signer' | 'accountUrl'>,
    signal?: AbortSignal,
  ): Promise<TransportResponse> {
    return this.#exchange.post({ ...request, ...this.#by }, signal);
  }

  get #by(): By {
    return { signer: this.#signer, accountUrl: this.url };
  }
}

/** Signed by the account that ordered, or, without `accountUrl`, by the certificate's own key. */
export async function revokeCertificate(
  exchange: Exchange,
  by: Pick<SignedRequest, 'signer' | 'accountUrl'>,
  revocation: { readonly certificate: Uint8Array; readonly reason?: RevocationReason | undefined },
  signal?: AbortSignal,
): Promise<void> {
  const { revokeCert: url, newOrder } = await exchange.directory(signal);
  if (url === undefined) {
    throw new AppError('acme/unsupported', `${hostOf(newOrder)} offers no revocation by ACME`, {
      mend: 'Revoke the certificate in the way that the CA documents.',
    });
  }
  const payload = revocationPayload(revocation.certificate, revocation.reason);
  try {
    await exchange.post({ url, attempted: 'revoke the certificate', payload, ...by }, signal);
  } catch (thrown) {
    if (!isProblem(thrown, 'alreadyRevoked')) throw thrown;
  }
}

function orderOf(response: TransportResponse, url: string, attempted: string): Order {
  return { ...parseAnswer(response, orderSchema, attempted), url, retryAt: retryAtOf(response) };
}

function polled(order: Order): Polled<Order> {
  return { value: order, retryAt: order.retryAt };
}

function retryAtOf({ headers, receivedAt }: TransportResponse): Date | undefined {
  return parseRetryAfter(headers['retry-after'], receivedAt);
}
