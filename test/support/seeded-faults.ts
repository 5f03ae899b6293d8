/**
 * Faults by chance that come again with the same seed.
 *
 * Each draw belongs to one request of one certificate, e.g. the second newOrder for a.example.com,
 * so that it does not matter in which order the requests of different certificates come.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { SECOND_MS, after } from '../../src/core/clock.ts';
import type { Fault, FaultRule } from './fault-proxy.ts';

const PROBLEM = { 'content-type': 'application/problem+json' };

/** Small, fast, and good enough to choose faults; a generator of numbers from 0 up to 1. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Spoils this share (0 to 1) of all requests; `now` is the present of whoever is answered. */
export function seededFaults(seed: number, share: number, now = () => new Date()): FaultRule {
  return ({ subject, endpoint, nth }) => {
    const digest = createHash('sha256').update(`${seed} ${subject} ${endpoint} ${nth}`).digest();
    const draw = mulberry32(digest.readUInt32BE());
    return draw() < share ? drawFault(draw, now()) : undefined;
  };
}

function drawFault(draw: () => number, now: Date): Fault {
  const seconds = Math.floor(draw() * 90);
  const date = after(now, seconds * SECOND_MS).toUTCString();
  const faults: readonly Fault[] = [
    rateLimited(String(seconds)),
    rateLimited(date),
    rateLimited(undefined),
    { kind: 'answer', status: 500, headers: PROBLEM, body: problem('serverInternal', 'try again') },
    {
      kind: 'answer',
      status: 503,
      headers: { 'retry-after': String(seconds) },
      body: 'no healthy upstream',
    },
    html(200, '<h1>Log in</h1>'),
    html(502, '<h1>Bad Gateway</h1>'),
    { kind: 'delay', milliseconds: 30 },
    { kind: 'cut', when: 'before' },
    { kind: 'cut', when: 'after' },
    { kind: 'stale-nonce' },
  ];
  return faults[Math.floor(draw() * faults.length)] ?? { kind: 'stale-nonce' };
}

export function rateLimited(retryAfter: string | undefined): Fault {
  return {
    kind: 'answer',
    status: 429,
    headers: { ...PROBLEM, ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) },
    body: problem('rateLimited', 'too many new orders from this account'),
  };
}

function html(status: number, body: string): Fault {
  return { kind: 'answer', status, headers: { 'content-type': 'text/html' }, body };
}

function problem(type: string, detail: string): string {
  return JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail });
}
