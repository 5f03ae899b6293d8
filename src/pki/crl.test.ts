import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ClientAuthority,
  createClientAuthority,
} from '../../test/support/client-authority.ts';
import { openTempDir, type TempDir } from '../../test/support/temp-dir.ts';
import { readCrl, subjectId } from './crl.ts';

let directory: TempDir;
let red: ClientAuthority;
let blue: ClientAuthority;

beforeAll(async () => {
  directory = await openTempDir();
  red = await createClientAuthority(directory, 'red');
  blue = await createClientAuthority(directory, 'blue');
});
afterAll(() => directory[Symbol.asyncDispose]());

const derOf = (pem: string): Uint8Array =>
  Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64');

describe('readCrl', () => {
  it('finds the authority of a list, and when the next one comes', async () => {
    const { issuerId, nextUpdate } = readCrl(derOf(await red.crl()));
    expect(issuerId).toBe(subjectId(new X509Certificate(red.caPem).raw));
    expect(issuerId).not.toBe(subjectId(new X509Certificate(blue.caPem).raw));
    const inFiveDays = Date.now() + 5 * 24 * 3_600_000;
    expect(Math.abs((nextUpdate?.getTime() ?? 0) - inFiveDays)).toBeLessThan(120_000);
  });

  it('refuses what is no list, cut off anywhere', async () => {
    const der = derOf(await red.crl());
    for (let length = 0; length < der.length; length += 1) {
      expect(() => readCrl(der.subarray(0, length))).toThrow(/DER is malformed/);
    }
  });
});
