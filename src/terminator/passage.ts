/**
 * One HTTP request that was found good, on its way to the upstream and back.
 *
 * @module
 */
import { systemCode } from '../core/errors.ts';
import { clientNetwork } from '../core/networks.ts';
import type { Upstream } from '../feed/upstream.ts';
import type { Log } from '../observe/log.ts';
import type { Counters } from './counters.ts';
import { answer } from './error-page.ts';
import type { Observation } from './observation.ts';
import type { Exchange } from './exchange.ts';
import {
  type ResponseHeaders,
  toClientHeaders,
  toClientTrailers,
  toUpstreamHeaders,
} from './forwarded-headers.ts';
import { REFUSED } from './http2-upstream.ts';
import { notePassed } from './passed-memory.ts';
import type { RequestBody } from './request-body.ts';
import { strictTransportSecurity } from './strict-transport-security.ts';
import { reportFailure } from './upstream-failure.ts';
import { isConnectFailure, type UpstreamPools } from './upstream-pools.ts';
import type { ResponseForm, ResponseSink } from './upstream-request.ts';
import type { Turn, Upstreams } from './upstreams.ts';

export interface ProxyParts {
  readonly pools: UpstreamPools;
  readonly upstreams: Upstreams;
  readonly counters: Counters;
  readonly observation: Observation;
  readonly log: Log;
}

export class Passage implements ResponseSink {
  readonly #exchange: Exchange;
  readonly #parts: ProxyParts;
  #turn: Turn | undefined;
  /** Those that could not be connected to. */
  #tried: Set<Upstream> | undefined;
  #hasRepeated = false;
  #body: RequestBody | undefined;
  #control: { abort(): void; resume(): void } | undefined;
  /** The client is gone, or has what it asked for. */
  #isOver = false;

  constructor(exchange: Exchange, parts: ProxyParts) {
    this.#exchange = exchange;
    this.#parts = parts;
  }

  begin(): void {
    this.#exchange.onClose(() => {
      this.#isOver = true;
      this.#turn?.end();
      this.#control?.abort();
    });
    this.#exchange.onDrain(() => this.#control?.resume());
    this.#send();
  }

  onStart(control: { abort(): void; resume(): void }): void {
    if (this.#isOver) control.abort();
    else this.#control = control;
  }

  onInformation(status: number, headers: ResponseHeaders): void {
    if (this.#isOver || this.#exchange.hasResponded) return;
    if (status === CONTINUE) this.#exchange.proceed();
    else this.#exchange.inform(status, toClientHeaders(headers));
  }

  onResponse(status: number, headers: ResponseHeaders, form: ResponseForm): void {
    if (this.#isOver) return;
    this.#turn?.succeed();
    const { connection } = this.#exchange;
    const fields = toClientHeaders(headers);
    if (connection.endpoint.hsts !== undefined) {
      Object.assign(fields, strictTransportSecurity(connection));
    }
    if (!form.mayHaveTrailers) delete fields['trailer'];
    try {
      if (form.isComplete) {
        this.#isOver = true;
        this.#exchange.respondEmpty(status, fields);
      } else {
        this.#exchange.respond(status, fields, form);
      }
    } catch (thrown) {
      // What the upstream may say and what we may are not quite the same.
      this.#isOver = false;
      this.#control?.abort();
      this.#fail(thrown as Error);
    }
  }

  onData(chunk: Buffer): boolean {
    notePassed(chunk.length);
    return this.#isOver || this.#exchange.write(chunk);
  }

  onEnd(trailers: ResponseHeaders): void {
    this.#control = undefined;
    if (!this.#isOver) this.#exchange.end(toClientTrailers(trailers));
  }

  onError(error: Error): void {
    this.#control = undefined;
    if (this.#isOver) return;
    this.#turn?.end();
    const isUntouched = this.#body?.hasBegun !== true && !this.#exchange.hasResponded;
    if (isUntouched && this.#isWorthAnotherTry(error)) this.#send();
    else this.#fail(error);
  }

  #send(): void {
    const exchange = this.#exchange;
    const turn = this.#parts.upstreams.take(exchange.connection.endpoint, this.#tried);
    if (turn === undefined) throw new TypeError('an endpoint without upstream');
    this.#turn = turn;
    exchange.upstream = turn.upstream;
    this.#body = exchange.openBody();
    try {
      this.#parts.pools.send(
        turn.upstream,
        {
          client: clientNetwork(exchange.origin.clientAddress),
          method: exchange.method,
          path: exchange.path,
          headers: toUpstreamHeaders(exchange, exchange.span),
          body: this.#body,
          mayHaveTrailers: exchange.mayHaveTrailers,
          trailers: () => exchange.trailers(),
          expectsContinue: exchange.expectsContinue,
        },
        this,
      );
    } catch (thrown) {
      this.#parts.log.debug({ err: thrown }, 'a request could not be passed on');
      if (this.#isOver || this.#exchange.hasResponded) return;
      this.#isOver = true;
      answer(this.#exchange, { status: 400, text: 'The request is not valid.' });
    }
  }

  #isWorthAnotherTry(error: Error): boolean {
    if (isConnectFailure(error) && this.#turn !== undefined) {
      // Nothing was sent: whatever the method, the next upstream may have the request.
      this.#turn.fail(error);
      this.#tried ??= new Set();
      this.#tried.add(this.#turn.upstream);
      return this.#tried.size < this.#exchange.connection.endpoint.upstreams.length;
    }
    if (this.#hasRepeated) return false;
    this.#hasRepeated = true;
    return (
      systemCode(error) === REFUSED ||
      (this.#body === undefined && SAFE.has(this.#exchange.method) && isStale(error))
    );
  }

  #fail(error: Error): void {
    this.#isOver = true;
    const page = reportFailure(this.#parts, this.#exchange, this.#turn?.upstream, error);
    if (page.requestId !== undefined) this.#exchange.requestId = page.requestId;
    if (this.#exchange.hasResponded) this.#exchange.abort();
    else answer(this.#exchange, page);
  }
}

const CONTINUE = 100;

/** RFC 9110 §9.2.1. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The upstream closed an idle connection in the very moment in which it was to be used again. */
function isStale(error: Error): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '');
}
