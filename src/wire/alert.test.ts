import { describe, expect, it } from 'vitest';
import { fatalAlert } from './alert.ts';

describe('fatalAlert', () => {
  it('is one record with level and description', () => {
    expect(Buffer.from(fatalAlert('unrecognized_name')).toString('hex')).toBe('15030300020270');
    expect(Buffer.from(fatalAlert('no_application_protocol')).toString('hex')).toBe(
      '15030300020278',
    );
    expect(Buffer.from(fatalAlert('decode_error')).toString('hex')).toBe('15030300020232');
  });
});
