/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import { judgeAuthority } from './authority.ts';

const connection = {
  name: parseName('a.example.com'),
  endpoint: {
    host: parseName('*.example.com'),
    protocol: 'https',
    upstreams: [],
  },
} as const;

describe('judgeAuthority', () => {
  it.each([
    ['a.example.com', 'accepted'],
    ['A.example.COM:8443', 'accepted'],
    ['b.example.com', 'accepted'],
    ['example.com', 'misdirected'],
    ['a.b.example.com', 'misdirected'],
    ['127.0.0.1', 'misdirected'],
    ['', 'malformed'],
    ['a.example.com,b.example.com', 'malformed'],
    ['user@a.example.com', 'malformed'],
    ['a.example.com/..', 'malformed'],
  ])('judges %s: %s', (authority, judgement) => {
    expect(judgeAuthority(authority, connection)).toBe(judgement);
  });
});
