/**
 * Traces of orders, deployments and connections, where the configuration wants them.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import type { Log } from '../observe/log.ts';
import type { SpanSender } from '../observe/tracing/otlp.ts';
import { createTracer, type Tracer } from '../observe/tracing/tracer.ts';
import { readVersion } from './version.ts';

export interface Tracing {
  /** Of what the control process does itself. */
  readonly tracer: Tracer;
  readonly sender: SpanSender;
}

export async function openTracing(
  { tracing }: Pick<Config, 'tracing'>,
  log: Log,
): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined;
  // As large as all the rest of the control process: loaded for those only who asked for it.
  const { createOtlpSender } = await import('../observe/tracing/otlp.ts');
  const { endpoint, headers, caPem, orders } = tracing;
  const sender = createOtlpSender({ endpoint, headers, caPem, version: readVersion(), log });
  const tracer = createTracer({ sample: orders, random: Math.random, sink: sender.send });
  log.info({ endpoint }, 'orders and connections are traced');
  return { tracer, sender };
}
