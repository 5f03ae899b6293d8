import { expect, it } from 'vitest';
import { parseIssueValue } from './issue-value.ts';

it.each([
  ['ca.example', 'ca.example', {}],
  [' CA.Example\t; A=b ; c-d\t=\t1;', 'ca.example', { a: 'b', 'c-d': '1' }],
  ['ca.example;a=', 'ca.example', { a: '' }],
])('reads "%s"', (text, domain, parameters) => {
  const value = parseIssueValue(text);
  expect(value?.domain).toBe(domain);
  expect(Object.fromEntries(value?.parameters ?? [])).toEqual(parameters);
});

it.each([
  '',
  ';',
  '; a=b',
  'ca.example; a',
  'ca.example; =b',
  'ca.example; a=b; A=c',
  'ca.example; a=b c',
  'ca.example;; a=b',
  'ca.example; a=\u00fc',
])('refuses "%s"', (text) => {
  expect(parseIssueValue(text)).toBeUndefined();
});
