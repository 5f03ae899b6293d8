/**
 * A collector of traces: takes OTLP over HTTP as the specification has it, in JSON, over TLS.
 *
 * @module
 */
import { z } from 'zod';
import { type HttpsServer, openHttpsServer } from './https-server.ts';

const value = z.object({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
});
const attributes = z.array(z.object({ key: z.string(), value }));
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              startTimeUnixNano: z.string().regex(/^\d{19}$/),
              endTimeUnixNano: z.string().regex(/^\d{19}$/),
              attributes,
              status: z.object({ code: z.int().optional(), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly ms: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly error: string | undefined;
}

export interface SpanCollector extends AsyncDisposable {
  readonly server: HttpsServer;
  spans(): CollectedSpan[];
  /** With their parents' names before them, e.g. `order/finalize`. */
  paths(traceId: string): string[];
}

export async function openSpanCollector(
  isDown: () => boolean = () => false,
): Promise<SpanCollector> {
  const server = await openHttpsServer(() => (isDown() ? 'hang' : { body: {} }));
  const spans = (): CollectedSpan[] =>
    server.requests.flatMap(({ path, headers, body }) => {
      if (path !== '/v1/traces' || headers['authorization'] !== 'Bearer collector') return [];
      return request
        .parse(JSON.parse(body))
        .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
        .map((span) => ({
          ...span,
          parentSpanId: span.parentSpanId,
          ms:
            Number((BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1_000n) / 1e3,
          attributes: Object.fromEntries(
            span.attributes.map((each) => [each.key, Object.values(each.value)[0]]),
          ),
          error: span.status.code === 2 ? span.status.message : undefined,
        }));
    });
  return {
    server,
    spans,
    paths(traceId) {
      const known = new Map(spans().map((span) => [span.spanId, span]));
      const pathOf = ({ name, parentSpanId }: CollectedSpan): string => {
        const parent = parentSpanId === undefined ? undefined : known.get(parentSpanId);
        return parent === undefined ? name : `${pathOf(parent)}/${name}`;
      };
      return spans()
        .filter((span) => span.traceId === traceId)
        .map(pathOf);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** For the configuration of a daemon. */
export function tracingKeys({ server }: SpanCollector, caBundle: string, connections = 1): string {
  return `tracing: { endpoint: "${server.url}", caBundle: ${caBundle}, headers: { authorization: Bearer collector }, connections: ${connections} }\n`;
}
