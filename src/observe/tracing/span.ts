/**
 * What a trace is made of: pieces of work with a begin, an end and a parent. Plain values that cross
 * process borders; nothing of them is kept here.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanContext {
  /** 32 and 16 hexadecimal digits, as W3C Trace Context has them. */
  readonly traceId: string;
  readonly spanId: string;
}

export interface SpanRecord extends SpanContext {
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: 'internal' | 'server';
  /** Milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  readonly error?: string;
}

/** Must not throw and must not block. */
export type SpanSink = (span: SpanRecord) => void;

interface SpanStart {
  readonly name: string;
  readonly kind: SpanRecord['kind'];
  readonly attributes: Attributes;
  readonly parent?: SpanContext | undefined;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export class Span {
  readonly context: SpanContext;
  readonly #sink: SpanSink;
  readonly #start: SpanStart;
  readonly #startedAt = performance.now();
  #attributes: Attributes;
  #isOver = false;

  constructor(sink: SpanSink, start: SpanStart) {
    this.#sink = sink;
    this.#start = start;
    this.#attributes = start.attributes;
    const traceId = start.parent?.traceId ?? randomBytes(TRACE_ID_BYTES).toString('hex');
    this.context = { traceId, spanId: newSpanId() };
  }

  child(name: string, attributes: Attributes = {}): Span {
    return new Span(this.#sink, { name, kind: 'internal', attributes, parent: this.context });
  }

  /** A child that is over: from `startedAt`, on the clock of `performance`, until now. */
  step(name: string, startedAt: number, attributes: Attributes = {}): void {
    const { traceId, spanId: parentSpanId } = this.context;
    const times = { startedAt: sinceEpoch(startedAt), endedAt: sinceEpoch(performance.now()) };
    const ids = { traceId, spanId: newSpanId(), parentSpanId };
    this.#sink({ ...ids, name, kind: 'internal', ...times, attributes });
  }

  /** The first end counts. */
  end(attributes: Attributes = {}, error?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#attributes = { ...this.#attributes, ...attributes };
    const { name, kind, parent } = this.#start;
    this.#sink({
      ...this.context,
      ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
      name,
      kind,
      startedAt: sinceEpoch(this.#startedAt),
      endedAt: sinceEpoch(performance.now()),
      attributes: this.#attributes,
      ...(error === undefined ? {} : { error }),
    });
  }
}

function newSpanId(): string {
  return randomBytes(SPAN_ID_BYTES).toString('hex');
}

function sinceEpoch(moment: number): number {
  return performance.timeOrigin + moment;
}
