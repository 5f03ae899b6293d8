/**
 * The list of an account's orders (RFC 8555 §7.1.2.1), to find one whose URL is unknown.
 *
 * Few CAs keep a list: Let's Encrypt does not, step-ca lists what is pending, others all that was
 * ever ordered. Its order is nowhere laid down.
 *
 * @module
 */
import { z } from 'zod';
import { MINUTE_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { By } from './account-changes.ts';
import type { Exchange } from './exchange.ts';
import { hostOf, httpsUrl } from './https-url.ts';
import { linksOf } from './link-header.ts';
import { type Order, orderSchema } from './order.ts';
import { parseAnswer } from './parse-answer.ts';
import { poll } from './poll.ts';
import type { TransportResponse } from './transport.ts';

export interface OrderSearch {
  /** Those of the listed URLs that may be it; asked for each page, in the order of the list. */
  readonly among: (urls: readonly string[]) => Promise<readonly string[]>;
  readonly isSought: (order: Order) => boolean;
}

/** Finished orders may stay in a list for ever. */
const MOST_PAGES = 50;
const MOST_ORDERS_READ = 100;
const LONGEST_MS = 30 * MINUTE_MS;
/** One fault in the middle must not cost all that was read before it. */
const MOST_FAILURES = 3;
const MOST_REMEMBERED = 10_000;

const accountWithListSchema = z.object({ orders: httpsUrl.optional().catch(undefined) });
/** step-ca answers the bare array. */
const listSchema = z.union([
  z.object({ orders: z.array(httpsUrl) }).transform(({ orders }) => orders),
  z.array(httpsUrl),
]);

/**
 * What was read once is not read again: after an outage that lost many orders, each of them is asked
 * for once, however many searches there are.
 */
export class OrderLists {
  readonly #exchange: Exchange;
  /** By account; `undefined` where the CA keeps none. */
  readonly #lists = new Map<string, string | undefined>();
  /** As it was then; what it is for does not change, and what has ended stays so. */
  readonly #seen = new Map<string, Order>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** @returns the sought order, as far as the CA lists it. */
  async find(by: By, search: OrderSearch, signal?: AbortSignal): Promise<Order | undefined> {
    const { clock } = this.#exchange;
    const endsAt = clock.now().getTime() + LONGEST_MS;
    const attempted = 'list the orders of the account';
    let url = await this.#listOf(by, signal);
    let left = MOST_ORDERS_READ;
    for (let page = 1; url !== undefined && page <= MOST_PAGES; page += 1) {
      const { value, response } = await this.#read(url, by, attempted, listSchema, signal);
      const listed = value.filter((each) => isAtHostOf(each, by));
      const candidates = await search.among(listed);
      // Most CAs list the newest last.
      for (const candidate of candidates.toReversed()) {
        const seen = this.#seen.get(candidate);
        if (seen !== undefined && !search.isSought(seen)) continue;
        if (left === 0 || clock.now().getTime() > endsAt) return undefined;
        left -= 1;
        const order = await this.#readOrder(candidate, by, signal);
        if (order !== undefined && search.isSought(order)) return order;
      }
      url = linksOf(response.headers['link'], 'next', response.url).find((next) =>
        isAtHostOf(next, by),
      );
    }
    return undefined;
  }

  async #listOf(by: By, signal?: AbortSignal): Promise<string | undefined> {
    const { accountUrl } = by;
    if (this.#lists.has(accountUrl)) return this.#lists.get(accountUrl);
    const attempted = 'read the account';
    const { value } = await this.#read(accountUrl, by, attempted, accountWithListSchema, signal);
    const url =
      value.orders !== undefined && isAtHostOf(value.orders, by) ? value.orders : undefined;
    this.#lists.set(accountUrl, url);
    return url;
  }

  /** @returns `undefined` for an order that the CA does not show. */
  async #readOrder(url: string, by: By, signal?: AbortSignal): Promise<Order | undefined> {
    try {
      const { value } = await this.#read(url, by, 'read an order', orderSchema, signal);
      const order = { ...value, url };
      if (this.#seen.size >= MOST_REMEMBERED) this.#seen.clear();
      this.#seen.set(url, order);
      return order;
    } catch (thrown) {
      const passes = !(thrown instanceof AppError) || thrown.spec.retry === 'after-delay';
      if (passes || signal?.aborted === true) throw thrown;
      return undefined;
    }
  }

  async #read<S extends z.ZodType>(
    url: string,
    by: By,
    attempted: string,
    schema: S,
    signal?: AbortSignal,
  ): Promise<{ readonly value: z.output<S>; readonly response: TransportResponse }> {
    const load = async () => {
      const response = await this.#exchange.post({ url, attempted, ...by }, signal);
      return { value: { value: parseAnswer(response, schema, attempted), response } };
    };
    return poll(
      {
        load,
        isDone: () => true,
        mostFailures: MOST_FAILURES,
        subject: attempted,
        clock: this.#exchange.clock,
      },
      signal,
    );
  }
}

/** A signed request goes to nobody but the CA. */
function isAtHostOf(url: string, { accountUrl }: By): boolean {
  return hostOf(url) === hostOf(accountUrl);
}
