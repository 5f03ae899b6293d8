/**
 * Traces of orders, deployments and connections, where the configuration wants them.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { SECOND_MS } from '../core/clock.ts';
import { toAppError } from '../core/errors.ts';
import type { Log } from '../observe/log.ts';
import type { Reporter } from '../observe/progress.ts';
import type { CollectorNews, SpanSender } from '../observe/tracing/otlp.ts';
import { createTracer, type Tracer } from '../observe/tracing/tracer.ts';
import { readVersion } from './version.ts';

export interface Tracing {
  /** Of what the control process does itself. */
  readonly tracer: Tracer;
  readonly sender: SpanSender;
}

const TIMEOUT_MS = 5 * SECOND_MS;
/** A person waits for its end. */
const TIMEOUT_OF_COMMAND_MS = 1.5 * SECOND_MS;

type Settings = NonNullable<Config['tracing']>;

export async function openTracing(
  { tracing }: Pick<Config, 'tracing'>,
  log: Log,
): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  const { endpoint, orders } = tracing;
  const sender = await openSender(tracing, TIMEOUT_MS, {
    lost: (reason) => log.warn({ endpoint, reason }, 'traces are lost: nobody takes them'),
    taken: () => log.info({ endpoint }, 'traces are taken again'),
  });
  const tracer = createTracer({ sample: orders, random: Math.random, sink: sender.send });
  log.info({ endpoint }, 'orders and connections are traced');
  return { tracer, sender };
}

export interface CommandTracing {
  readonly tracer: Tracer;
  /** Sends what is left, for a short while. */
  close(): Promise<void>;
}

/** For a command that does the work itself: most have nothing to trace, and load nothing for it. */
export function traceCommand(
  { tracing }: Pick<Config, 'tracing'>,
  report: Reporter,
): CommandTracing | undefined {
  if (tracing === undefined) return undefined;
  const { endpoint, orders } = tracing;
  const lost = (reason: string): void =>
    report({ step: 'warning', message: `traces are lost: ${endpoint} takes none: ${reason}` });
  let opening: Promise<SpanSender | undefined> | undefined;
  const open = (): Promise<SpanSender | undefined> =>
    openSender(tracing, TIMEOUT_OF_COMMAND_MS, { lost, taken: () => {} }).catch(
      (thrown: unknown) => {
        lost(toAppError(thrown).message);
        return undefined;
      },
    );
  const tracer = createTracer({
    sample: orders,
    random: Math.random,
    sink: (span) => {
      opening ??= open();
      void opening.then((sender) => sender?.send(span));
    },
  });
  return { tracer, close: async () => (await opening)?.close() };
}

async function openSender(
  { endpoint, headers, caPem }: Settings,
  timeoutMs: number,
  news: CollectorNews,
): Promise<SpanSender> {
  // As large as all the rest of the control process: loaded for those only who asked for it.
  const { createOtlpSender } = await import('../observe/tracing/otlp.ts');
  return createOtlpSender({ endpoint, headers, caPem, version: readVersion(), timeoutMs, news });
}
