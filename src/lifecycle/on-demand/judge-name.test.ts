import { describe, expect, it } from 'vitest';
import { parseName } from '../../core/names.ts';
import { settingsFor } from '../../../test/support/on-demand.ts';
import { objectionTo } from './judge-name.ts';

describe('objectionTo', () => {
  it.each([
    ['*.apps.example.com', 'new.apps.example.com'],
    ['*.a.b.c.d.example.com', 'new.a.b.c.d.example.com'],
    ['*', 'customer.example'],
    ['*', 'www.customer.co.uk'],
    ['*', 'de.shop.de'],
    ['*', 'www.www.com'],
    ['*', 'a.b.c.customer.example'],
    ['*', 'someone.github.io'],
  ])('lets %s make %s', (host, name) => {
    expect(objectionTo(parseName(name), settingsFor(host))).toBeUndefined();
  });

  it.each([
    ['*', '192.0.2.1', 'no hostname'],
    ['*', '2001:db8::1', 'no hostname'],
    ['*', '*.example.com', 'no hostname'],
    ['*', 'localhost', 'one label'],
    ['*.apps.example.com', 'apps.example.com', 'does not cover'],
    ['*.apps.example.com', 'a.b.apps.example.com', 'does not cover'],
    ['*', 'a.a.a.example.com', 'repeats a label'],
    ['*', 'a.b.a.example.com', 'repeats a label'],
    ['*', 'example.com.example.com', 'repeats example.com'],
    ['*', 'www.example.com.example.com', 'repeats example.com'],
    ['*', 'a.b.c.d.example.com', '4 labels below example.com'],
    ['*.apps.example.com', 'apps.apps.example.com', 'repeats a label'],
  ])('does not let %s make %s: %s', (host, name, objection) => {
    expect(objectionTo(parseName(name), settingsFor(host))).toContain(objection);
  });

  it('makes nothing but what the patterns cover', () => {
    const patterns = [parseName('*.customers.example'), parseName('shop.example.org')];
    const settings = settingsFor('*', { patterns });
    expect(objectionTo(parseName('one.customers.example'), settings)).toBeUndefined();
    expect(objectionTo(parseName('shop.example.org'), settings)).toBeUndefined();
    expect(objectionTo(parseName('a.one.customers.example'), settings)).toContain('none of');
    expect(objectionTo(parseName('example.org'), settings)).toContain('none of');
  });
});
