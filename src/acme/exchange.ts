/**
 * Requests to one ACME server: unsigned reads, and POSTs signed with a nonce from the pool.
 *
 * What reads is repeated when the connection broke or the server failed; what changes something is
 * sent once, because the server may have done it: the caller's journal decides about another go.
 *
 * @module
 */
import { type Clock, HOUR_MS, SECOND_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { abortable } from './abortable.ts';
import { type Directory, parseDirectory } from './directory.ts';
import { NoncePool, parseNonce } from './nonce-pool.ts';
import { badAnswer } from './parse-answer.ts';
import { parseProblem, refusalOf } from './refusal.ts';
import type { Signer } from './signer.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { isBrokenConnection } from './transport-error.ts';

export interface SignedRequest extends Omit<TransportRequest, 'method' | 'body'> {
  readonly signer: Signer;
  readonly accountUrl?: string | undefined;
  /** Absent for a POST-as-GET (RFC 8555 §6.3), which is then repeatable. */
  readonly payload?: object | undefined;
}

const DIRECTORY_LIFE_MS = HOUR_MS;
const REPEAT_AFTER_MS = [250, SECOND_MS, 3 * SECOND_MS];
const LONGEST_REPEAT_MS = 5 * SECOND_MS;
/** A test server that refuses every second nonce gets through all but one time in 65,536. */
const MOST_NONCE_TRIES = 16;

export class Exchange {
  readonly clock: Clock;
  readonly #transport: Transport;
  readonly #directoryUrl: string;
  readonly #nonces: NoncePool;
  #directory: { readonly loading: Promise<Directory>; readonly loadedAt: number } | undefined;

  constructor(transport: Transport, directoryUrl: string, clock: Clock) {
    this.#transport = transport;
    this.#directoryUrl = directoryUrl;
    this.clock = clock;
    this.#nonces = new NoncePool(async () => this.#newNonce(), clock);
  }

  /** Shared by all callers for `DIRECTORY_LIFE_MS`; a failure is not kept. */
  async directory(signal?: AbortSignal): Promise<Directory> {
    const now = this.clock.now().getTime();
    if (this.#directory === undefined || now - this.#directory.loadedAt > DIRECTORY_LIFE_MS) {
      const loading = this.#loadDirectory();
      this.#directory = { loading, loadedAt: now };
      loading.catch(() => (this.#directory = undefined));
    }
    return abortable(this.#directory.loading, signal);
  }

  /** @throws the error of any answer but a 2xx. */
  async get(
    request: Omit<TransportRequest, 'method' | 'body'>,
    signal?: AbortSignal,
  ): Promise<TransportResponse> {
    return this.#repeat(async () => {
      const response = await this.#send({ ...request, method: 'GET' }, signal);
      return successful(response, request.attempted);
    }, signal);
  }

  /** @throws the error of any answer but a 2xx; nonces that the server refuses are replaced. */
  async post(request: SignedRequest, signal?: AbortSignal): Promise<TransportResponse> {
    const once = async (): Promise<TransportResponse> =>
      successful(await this.#postFresh(request, signal), request.attempted);
    return request.payload === undefined ? this.#repeat(once, signal) : once();
  }

  async #postFresh(request: SignedRequest, signal?: AbortSignal): Promise<TransportResponse> {
    const { signer, accountUrl, payload, ...rest } = request;
    // Loading what signs takes about as long as a nonce from a server.
    let [nonce] = await Promise.all([this.#nonces.take(signal), signer.prepare()]);
    for (let tries = 1; ; tries += 1) {
      const body = signer.sign(request.url, payload, { nonce, accountUrl });
      const response = await this.#transport.send({ ...rest, method: 'POST', body }, signal);
      const next = parseNonce(response.headers['replay-nonce']);
      const isRefused = response.status === 400 && parseProblem(response)?.type === 'badNonce';
      if (!isRefused || tries === MOST_NONCE_TRIES) {
        this.#nonces.add(next);
        return response;
      }
      // RFC 8555 §6.5: the answer that refuses a nonce brings the one to try again with.
      if (next === undefined) this.#nonces.clear();
      nonce = next ?? (await this.#nonces.take(signal));
    }
  }

  async #loadDirectory(): Promise<Directory> {
    const request = {
      method: 'GET',
      url: this.#directoryUrl,
      attempted: 'read its directory',
    } as const;
    return this.#repeat(async () => parseDirectory(await this.#send(request)));
  }

  async #newNonce(): Promise<string> {
    const { newNonce } = await this.directory();
    const attempted = 'get a nonce';
    return this.#repeat(async () => {
      const response = successful(
        await this.#transport.send({ method: 'HEAD', url: newNonce, attempted }),
        attempted,
      );
      const nonce = parseNonce(response.headers['replay-nonce']);
      if (nonce !== undefined) return nonce;
      throw badAnswer(response, attempted, 'it has no usable Replay-Nonce header');
    });
  }

  async #send(request: TransportRequest, signal?: AbortSignal): Promise<TransportResponse> {
    const response = await this.#transport.send(request, signal);
    this.#nonces.add(parseNonce(response.headers['replay-nonce']));
    return response;
  }

  async #repeat<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let repeats = 0; ; repeats += 1) {
      try {
        return await attempt();
      } catch (thrown) {
        const delayMs = repeatDelay(thrown, repeats, this.clock.now());
        if (delayMs === undefined || signal?.aborted === true) throw thrown;
        await this.clock.sleep(delayMs, signal);
      }
    }
  }
}

function successful(response: TransportResponse, attempted: string): TransportResponse {
  if (response.status >= 200 && response.status < 300) return response;
  throw refusalOf(response, attempted);
}

/** How long to wait before a read is repeated, or `undefined` when that is for the caller. */
function repeatDelay(thrown: unknown, repeats: number, now: Date): number | undefined {
  const isTransient =
    thrown instanceof AppError &&
    (thrown.code === 'acme/server-error' || isBrokenConnection(thrown));
  const backoffMs = REPEAT_AFTER_MS[repeats];
  if (!isTransient || backoffMs === undefined) return undefined;
  const askedMs = thrown.retryAt === undefined ? 0 : thrown.retryAt.getTime() - now.getTime();
  return askedMs > LONGEST_REPEAT_MS ? undefined : Math.max(askedMs, backoffMs);
}
