import { describe, expect, it } from 'vitest';
import { type Answered, type Failed, judgePropagation } from './propagation-judgement.ts';

const answered = (server: string, missing: number, name = 'a.example'): Answered => ({
  state: 'answered',
  server,
  name,
  wanted: 2,
  missing,
});
const failed = (server: string, times: number, name = 'a.example'): Failed => ({
  state: 'failed',
  server,
  name,
  reason: 'ETIMEOUT',
  times,
});

describe('judgePropagation', () => {
  it('is satisfied when every server has every value', () => {
    const judgement = judgePropagation([answered('ns1', 0), answered('ns2', 0)]);
    expect(judgement).toEqual({ state: 'visible', silent: [] });
  });

  it('names the first reason to wait and counts the rest', () => {
    const judgement = judgePropagation([
      answered('ns1', 0),
      answered('ns2', 1),
      answered('ns3', 2),
      failed('ns4', 1),
    ]);
    expect(judgement).toEqual({
      state: 'waiting',
      why: 'ns2 has 1 of 2 values of a.example, and 2 more',
    });
  });

  it('gives a server that fails once another chance', () => {
    const judgement = judgePropagation([answered('ns1', 0), failed('ns2', 1)]);
    expect(judgement).toMatchObject({ state: 'waiting' });
  });

  it('goes on without a server that keeps failing, and names it', () => {
    const silent = failed('ns2', 2);
    const judgement = judgePropagation([answered('ns1', 0), silent]);
    expect(judgement).toEqual({ state: 'visible', silent: [silent] });
  });

  it('wants at least one server for each name', () => {
    const judgement = judgePropagation([
      answered('ns1', 0, 'a.example'),
      failed('ns2', 9, 'b.example'),
    ]);
    expect(judgement).toEqual({
      state: 'waiting',
      why: 'ns2 does not answer for b.example (ETIMEOUT)',
    });
  });
});
