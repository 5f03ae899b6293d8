/**
 * The keys of a configuration file for traces.
 *
 * @module
 */
import { z } from 'zod';
import { text } from './file-leaves.ts';

const PART = 'must be a number from 0 to 1, e.g. 0.01';
const MOST_HEADERS = 20;

const part = z.number({ error: PART }).min(0, { error: PART }).max(1, { error: PART });

export const tracing = z.strictObject({
  endpoint: text()
    .optional()
    .describe(
      'Where traces go by OTLP over HTTP: the URL of a collector, e.g. http://127.0.0.1:4318. Usually $OTEL_EXPORTER_OTLP_ENDPOINT.',
    ),
  headers: z
    .record(text(100), text(8_000))
    .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, {
      error: `must have at most ${MOST_HEADERS} entries`,
    })
    .optional()
    .describe('Sent with them, e.g. authorization: ${file:/path}.'),
  caBundle: text().optional().describe('PEM file of the roots that the collector is verified by.'),
  orders: part.optional().describe('The part of orders and deployments that is traced. Usually 1.'),
  connections: part.optional().describe('The part of connections that is traced. Usually 0.01.'),
});
export type FileTracing = z.output<typeof tracing>;
