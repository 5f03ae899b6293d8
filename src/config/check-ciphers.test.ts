import { describe, expect, it } from 'vitest';
import { checkCompression } from './check-ciphers.ts';
import type { ResolveContext } from './resolve-context.ts';

describe('checkCompression', () => {
  it.each([
    ['24.17.3', ['zlib'], 1],
    ['24.18.0', ['zlib'], 0],
    ['26.1.0', ['zlib'], 0],
    ['24.17.3', [], 0],
  ])('on Node %s, of %j', (node, given, faults) => {
    const reported: string[] = [];
    const context = {
      report: (_path: unknown, message: string) => reported.push(message),
    } as unknown as ResolveContext;
    checkCompression(given, ['tls'], context, node);
    expect(reported).toHaveLength(faults);
  });
});
