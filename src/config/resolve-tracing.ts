/**
 * Traces as a configuration, or OpenTelemetry's own variables, want them.
 *
 * @module
 */
import { resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { loadCaBundle } from './load-ca-bundle.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { FileTracing } from './tracing-schema.ts';

export interface TracingSettings {
  /** With the path that traces have there. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly caPem?: string;
  /** From 0 to 1. */
  readonly orders: number;
  readonly connections: number;
}

const USUAL_ORDERS = 1;
const USUAL_CONNECTIONS = 0.01;
const WHOLE = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES_PATH = 'v1/traces';
const HEADER = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;

export function resolveTracing(
  file: FileTracing | undefined,
  context: ResolveContext,
): TracingSettings | undefined {
  const { variables } = context.environment;
  // As OpenTelemetry has it, one of the two variables has the whole path already.
  const whole = file?.endpoint === undefined ? nonEmpty(variables[WHOLE]) : undefined;
  const given = file?.endpoint ?? whole ?? nonEmpty(variables[BASE]);
  if (given === undefined) {
    if (file !== undefined) {
      const mend = 'Add endpoint: with the URL of a collector, e.g. http://127.0.0.1:4318.';
      context.report(['tracing'], 'says nowhere to send traces to', mend);
    }
    return undefined;
  }
  const endpoint = endpointOf(given, whole !== undefined);
  if (endpoint === undefined) {
    const variable = whole === undefined ? BASE : WHOLE;
    const what = file?.endpoint === undefined ? `$${variable} ` : '';
    const message = `${what}is not an http or https URL without a user name`;
    context.report(['tracing', 'endpoint'], message, 'Write e.g. http://127.0.0.1:4318.');
    return undefined;
  }
  const headers = file?.headers ?? {};
  for (const [name, value] of Object.entries(headers)) {
    if (HEADER.test(name) && VALUE.test(value)) continue;
    context.report(['tracing', 'headers', name], 'is not a header of HTTP');
  }
  const caPem = readBundle(file?.caBundle, context);
  return {
    endpoint,
    headers,
    ...(caPem === undefined ? {} : { caPem }),
    orders: file?.orders ?? USUAL_ORDERS,
    connections: file?.connections ?? USUAL_CONNECTIONS,
  };
}

/** A URL with a path of its own is meant as it is. */
function endpointOf(given: string, isWhole: boolean): string | undefined {
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') return undefined;
  if (isWhole || url.pathname.endsWith(`/${TRACES_PATH}`)) return url.href;
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${TRACES_PATH}`;
  return url.href;
}

function readBundle(file: string | undefined, context: ResolveContext): string | undefined {
  if (file === undefined) return undefined;
  const path = resolve(context.directory, file);
  try {
    const pem = loadCaBundle(path);
    context.files.add(path);
    return pem;
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    context.report(['tracing', 'caBundle'], thrown.message, thrown.mend);
    return undefined;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
