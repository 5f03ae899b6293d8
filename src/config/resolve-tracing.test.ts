import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

async function load(yaml: string, variables: Readonly<Record<string, string>> = {}) {
  await using dir = await openTempDir();
  const path = dir.file('certctl.yaml');
  await writeFile(path, yaml);
  const environment = { ...readEnvironment(), variables };
  return (await loadConfig({ path, environment })).tracing;
}

async function problemOf(yaml: string, variables = {}): Promise<string> {
  const thrown = await load(yaml, variables).catch((error: unknown) => error);
  if (!(thrown instanceof AppError)) throw new Error('the file was accepted', { cause: thrown });
  const [problem] = thrown.context['problems'] as [Problem];
  return `${problem.path}: ${problem.message}`;
}

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318/' };

describe('tracing', () => {
  it('is off without an endpoint', async () => {
    expect(await load('{}')).toBeUndefined();
    expect(await load('{}', { OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBeUndefined();
  });

  it('goes where the file says, else where the variables say', async () => {
    const usual = { headers: {}, orders: 1, connections: 0.01 };
    const endpoint = 'http://collector.example:4318/v1/traces';
    expect(await load('{}', BASE)).toEqual({ ...usual, endpoint });
    expect(await load('tracing: { connections: 0 }', BASE)).toEqual({
      ...usual,
      endpoint,
      connections: 0,
    });
    const whole = { ...BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://b.example/in' };
    expect((await load('{}', whole))?.endpoint).toBe('https://b.example/in');
    const yaml = 'tracing: { endpoint: "https://a.example/otlp", headers: { x-key: "${KEY}" } }';
    expect(await load(yaml, { ...whole, KEY: 'secret' })).toEqual({
      ...usual,
      endpoint: 'https://a.example/otlp/v1/traces',
      headers: { 'x-key': 'secret' },
    });
  });

  it.each([
    ['tracing: { orders: 1 }', 'tracing: says nowhere to send traces to'],
    ['tracing: { endpoint: "collector:4318" }', 'tracing.endpoint: is not an http or https URL'],
    ['tracing: { endpoint: "http://me:pass@c.example" }', 'tracing.endpoint: is not an http'],
    ['tracing: { endpoint: "http://c.example", connections: 2 }', 'tracing.connections: must be'],
    ['tracing: { endpoint: "http://c.example", caBundle: none.pem }', 'tracing.caBundle: '],
    [
      'tracing: { endpoint: "http://c.example", headers: { "a b": c } }',
      'tracing.headers["a b"]: is not a header of HTTP',
    ],
  ])('refuses %s', async (yaml, problem) => {
    expect(await problemOf(yaml)).toContain(problem);
  });

  it('refuses a variable that is no URL', async () => {
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' };
    expect(await problemOf('{}', variables)).toContain(
      'tracing.endpoint: $OTEL_EXPORTER_OTLP_ENDPOINT is not an http',
    );
  });
});
