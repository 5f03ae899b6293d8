import { describe, expect, it } from 'vitest';
import { linksOf } from './link-header.ts';

const BASE = 'https://ca.example/certificate/1';

describe('linksOf (RFC 8288)', () => {
  it('finds every URL of a relation, relative ones too', () => {
    const header =
      '<https://ca.example/dir>;rel="index", <2>; title="a, b"; rel=alternate, </a,b>;rel="up alternate"';
    expect(linksOf(header, 'alternate', BASE)).toEqual([
      'https://ca.example/certificate/2',
      'https://ca.example/a,b',
    ]);
  });

  it('leaves out what is not https, and no header is no link', () => {
    expect(linksOf('<http://ca.example/2>;rel=alternate', 'alternate', BASE)).toEqual([]);
    expect(linksOf('<file:///etc/passwd>;rel=alternate', 'alternate', BASE)).toEqual([]);
    expect(linksOf(undefined, 'alternate', BASE)).toEqual([]);
  });
});
