import { describe, expect, it } from 'vitest';
import { findGroup } from './key-exchange-group.ts';

const der = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('the group in a session', () => {
  it('is found behind other elements', () => {
    expect(findGroup(der('30 0b 020101 0402b302 b303020118'))).toBe('P-384');
    expect(findGroup(der('30 06 b304 020211ec'))).toBe('X25519MLKEM768');
    expect(findGroup(der('30 81 06 b304 02027001'))).toBe('other');
  });

  it('is none where there is none, whatever the bytes', () => {
    expect(findGroup(undefined)).toBe('none');
    for (const hex of ['', '30', '3003020101', '3005b303020100', '30 05 b3', '30ffb303020118']) {
      expect(findGroup(der(hex))).toBe('none');
    }
  });
});
