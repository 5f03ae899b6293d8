import { describe, expect, it } from 'vitest';
import { openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import { createScriptedIssuer } from '../../test/support/scripted-issuer.ts';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import { DAY_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { SpanRecord } from '../observe/tracing/span.ts';
import { createTracer } from '../observe/tracing/tracer.ts';
import { attend } from './attend.ts';
import { newCertificate } from './issue.ts';

const START = createSteppingClock().now();

describe('the trace of an order', () => {
  it('has its steps and its end; a rehearsal has one of its own', async () => {
    let now = (): Date => START;
    const issuer = await createScriptedIssuer('ca', {
      now: () => now(),
      attempts: [
        async () => {
          throw new AppError('acme/order-failed', 'the CA ended the order');
        },
        (_request, sign) => sign(),
      ],
      rehearsals: [(_request, sign) => sign()],
    });
    await using test = await openLifecycle([issuer]);
    const spans: SpanRecord[] = [];
    const tracer = createTracer({
      sample: 1,
      random: Math.random,
      sink: (span) => void spans.push(span),
    });
    const context = { ...test.context, tracer };
    now = () => test.clock.now();
    const spec = specFor(['app.example.com'], { issuers: ['ca'] });
    const certificate = newCertificate(now(), spec, 'added');
    const { id } = certificate;
    await context.store.certificates.insert(certificate);
    const options = { wish: 'none', patience: 'none', report: () => undefined } as const;
    const look = () => attend(context, id, options, new AbortController().signal);
    await expect(look()).rejects.toMatchObject({ code: 'acme/order-failed' });
    test.clock.advance(DAY_MS);
    await look();

    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map(({ name, error }) => [name, error])).toEqual([
      ['order', 'the CA ended the order'],
      ['rehearsal', undefined],
      ['order', undefined],
    ]);
    expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(3);
    for (const { attributes } of roots) {
      expect(attributes).toMatchObject({
        'certctl.certificate.id': id,
        'certctl.issuer': 'ca',
        'certctl.names': 'app.example.com',
      });
    }
    const stored = spans.find(({ name }) => name === 'store');
    expect(stored?.traceId).toBe(roots[2]?.traceId);
  });
});
