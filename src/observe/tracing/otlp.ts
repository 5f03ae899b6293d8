/**
 * Sends spans to a collector by OTLP over HTTP, with OpenTelemetry's own exporter. To be loaded only
 * where traces are wanted.
 *
 * @module
 */
import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { SpanRecord } from './span.ts';

export interface OtlpOptions {
  /** Where spans are posted to, the path included. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM; beside it no other roots are trusted. */
  readonly caPem?: string | undefined;
  readonly version: string;
  /** For what is sent at once; also how long a collector that hangs can hold up the end of the process. */
  readonly timeoutMs: number;
  readonly news: CollectorNews;
}

export interface CollectorNews {
  /** Called once when it takes nothing, */
  lost(reason: string): void;
  /** and once when it does again. */
  taken(): void;
}

export interface SpanSender {
  /** Never blocks and never fails: what finds no room in the queue is lost. */
  readonly send: (span: SpanRecord) => void;
  /** Sends what is left, for a short while. */
  close(): Promise<void>;
}

const QUEUE = 10_000;
const BATCH = 512;
const DELAY_MS = 1_000;
const LAST_TRY_MS = 2_000;

export function createOtlpSender(options: OtlpOptions): SpanSender {
  const { endpoint, headers, caPem, version, timeoutMs } = options;
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    ...(caPem === undefined ? {} : { httpAgentOptions: { ca: caPem } }),
  });
  const state = createState(options.news);
  const processor = new BatchSpanProcessor({
    exporter: telling(exporter, state),
    maxQueueSize: QUEUE,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: timeoutMs,
  });
  const resource = resourceFromAttributes({
    'service.name': 'certctl',
    'service.version': version,
    'process.pid': process.pid,
  });
  return {
    send: (span) => processor.onEnd({ ...readable(span), resource, instrumentationScope: SCOPE }),
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => {
        state.lost('it does not answer');
        resolve();
      }, LAST_TRY_MS);
      await Promise.race([processor.shutdown().catch(() => undefined), promise]);
      clearTimeout(timer);
    },
  };
}

const SCOPE = { name: 'certctl' };

/** Tells of changes only. */
function createState(news: CollectorNews): CollectorNews {
  let isFailing = false;
  return {
    lost(reason) {
      if (!isFailing) news.lost(reason);
      isFailing = true;
    },
    taken() {
      if (isFailing) news.taken();
      isFailing = false;
    },
  };
}

function telling(exporter: SpanExporter, state: CollectorNews): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error === undefined) state.taken();
        else state.lost(result.error.message);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

function readable(span: SpanRecord): Omit<ReadableSpan, 'resource' | 'instrumentationScope'> {
  const { traceId, spanId, parentSpanId, name, kind, attributes, error } = span;
  const contextOf = (id: string) => ({ traceId, spanId: id, traceFlags: TraceFlags.SAMPLED });
  return {
    name,
    kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
    spanContext: () => contextOf(spanId),
    ...(parentSpanId === undefined ? {} : { parentSpanContext: contextOf(parentSpanId) }),
    startTime: hrTime(span.startedAt),
    endTime: hrTime(span.endedAt),
    duration: hrTime(Math.max(0, span.endedAt - span.startedAt)),
    status:
      error === undefined
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: error },
    attributes,
    links: [],
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1e3);
  return [seconds, Math.round((milliseconds - seconds * 1e3) * 1e6)];
}
