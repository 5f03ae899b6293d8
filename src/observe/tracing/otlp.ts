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
import type { Log } from '../log.ts';
import type { SpanRecord } from './span.ts';

export interface OtlpOptions {
  /** Where spans are posted to, the path included. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM; beside it no other roots are trusted. */
  readonly caPem?: string | undefined;
  readonly version: string;
  readonly log: Log;
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
/** Also how long a collector that hangs can hold up the end of the process. */
const TIMEOUT_MS = 5_000;
const LAST_TRY_MS = 2_000;

export function createOtlpSender(options: OtlpOptions): SpanSender {
  const { endpoint, headers, caPem, version, log } = options;
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    headers: { ...headers },
    timeoutMillis: TIMEOUT_MS,
    ...(caPem === undefined ? {} : { httpAgentOptions: { ca: caPem } }),
  });
  const processor = new BatchSpanProcessor({
    exporter: telling(exporter, endpoint, log),
    maxQueueSize: QUEUE,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: TIMEOUT_MS,
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
      const timer = setTimeout(resolve, LAST_TRY_MS);
      await Promise.race([processor.shutdown().catch(() => undefined), promise]);
      clearTimeout(timer);
    },
  };
}

const SCOPE = { name: 'certctl' };

/** Says once that the collector takes nothing, and once that it does again. */
function telling(exporter: SpanExporter, endpoint: string, log: Log): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && !isFailing) {
          log.warn(
            { endpoint, reason: result.error.message },
            'traces are lost: nobody takes them',
          );
        } else if (result.error === undefined && isFailing) {
          log.info({ endpoint }, 'traces are taken again');
        }
        isFailing = result.error !== undefined;
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
