import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Sealed } from '../core/sealed.ts';
import { createKeyring } from './create-keyring.ts';
import type { Kek } from './keyring.ts';

const OLD = kek('old');
const NEW = kek('new');
const MISMATCH = expect.objectContaining({ code: 'keyring/mismatch' });

describe('createKeyring', () => {
  it('opens what it has sealed', () => {
    const keyring = createKeyring([OLD]);
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 5000 }), (identity, plaintext) => {
        const opened = keyring.open(identity, keyring.seal(identity, plaintext));
        expect(opened.equals(plaintext)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('seals the same secret differently each time', () => {
    const keyring = createKeyring([OLD]);
    const first = keyring.seal('id', Buffer.from('secret'));
    const second = keyring.seal('id', Buffer.from('secret'));
    expect(first.wrappedKey).not.toStrictEqual(second.wrappedKey);
    expect(first.ciphertext).not.toStrictEqual(second.ciphertext);
  });

  it('shows nothing of the secret or of its keys', () => {
    const keyring = createKeyring([OLD]);
    const secret = Buffer.from('-----BEGIN PRIVATE KEY-----');
    const { wrappedKey, ciphertext } = keyring.seal('id', secret);
    for (const bytes of [wrappedKey, ciphertext]) {
      for (const hidden of [secret.subarray(0, 8), OLD.key.subarray(0, 8)]) {
        expect(Buffer.from(bytes).includes(Buffer.from(hidden))).toBe(false);
      }
    }
    expect(inspect(keyring, { depth: 10 })).not.toContain(Buffer.from(OLD.key).toString('hex'));
  });

  it('opens a secret under its own identity only', () => {
    const keyring = createKeyring([OLD]);
    const sealed = keyring.seal('one', Buffer.from('secret'));
    for (const identity of ['two', 'one ', 'ONE', '']) {
      expect(() => keyring.open(identity, sealed)).toThrow(MISMATCH);
    }
  });

  it('opens nothing that has a flipped bit or another length', () => {
    const keyring = createKeyring([OLD]);
    const sealed = keyring.seal('id', Buffer.from('secret'));
    for (const field of ['wrappedKey', 'ciphertext'] as const) {
      const bytes = sealed[field];
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => keyring.open('id', { ...sealed, [field]: flipped })).toThrow(MISMATCH);
      }
      for (let length = 0; length < bytes.length; length += 1) {
        const cut: Sealed = { ...sealed, [field]: bytes.subarray(0, length) };
        expect(() => keyring.open('id', cut)).toThrow(MISMATCH);
      }
    }
  });

  it('does not mix the halves of two secrets', () => {
    const keyring = createKeyring([OLD]);
    const one = keyring.seal('id', Buffer.from('one'));
    const two = keyring.seal('id', Buffer.from('two'));
    expect(() => keyring.open('id', { ...one, ciphertext: two.ciphertext })).toThrow(MISMATCH);
  });

  it('opens what an older key has sealed, and seals with the first', () => {
    const sealed = createKeyring([OLD]).seal('id', Buffer.from('secret'));
    const keyring = createKeyring([NEW, OLD]);
    expect(keyring.activeKekId).toBe('new');
    expect(keyring.open('id', sealed).toString()).toBe('secret');
    expect(keyring.seal('id', Buffer.from('secret')).kekId).toBe('new');
  });

  it('does not open with a missing key, another key of that id, or under another id', () => {
    const sealed = createKeyring([OLD]).seal('id', Buffer.from('secret'));
    expect(() => createKeyring([NEW]).open('id', sealed)).toThrow(MISMATCH);
    expect(() => createKeyring([kek('old')]).open('id', sealed)).toThrow(MISMATCH);
    const renamed = createKeyring([{ id: 'renamed', key: OLD.key }]);
    expect(() => renamed.open('id', { ...sealed, kekId: 'renamed' })).toThrow(MISMATCH);
  });

  it('wraps by another key what it never opens', () => {
    const sealed = createKeyring([OLD]).seal('id', Buffer.from('secret'));
    const keyring = createKeyring([NEW, OLD]);
    const rewrapped = keyring.rewrap('id', sealed);
    expect(rewrapped.kekId).toBe('new');
    expect(rewrapped.ciphertext).toBe(sealed.ciphertext);
    expect(createKeyring([NEW]).open('id', rewrapped).toString()).toBe('secret');
    const back = keyring.rewrap('id', rewrapped, 'old');
    expect(createKeyring([OLD]).open('id', back).toString()).toBe('secret');
  });

  it('wraps nothing again that it could not open, nor by a key it has not', () => {
    const sealed = createKeyring([OLD]).seal('id', Buffer.from('secret'));
    const keyring = createKeyring([NEW, OLD]);
    expect(() => keyring.rewrap('other', sealed)).toThrow(MISMATCH);
    expect(() => keyring.rewrap('id', sealed, 'unknown')).toThrow(MISMATCH);
    expect(() => createKeyring([NEW]).rewrap('id', sealed)).toThrow(MISMATCH);
    const altered = { ...sealed, wrappedKey: sealed.wrappedKey.with(20, 0).with(21, 0) };
    expect(() => keyring.rewrap('id', altered)).toThrow(MISMATCH);
  });

  it('learns a new key from its source, with one look for all who wait', async () => {
    let looks = 0;
    const keyring = createKeyring([OLD], async () => {
      looks += 1;
      return [NEW];
    });
    const sealed = createKeyring([NEW]).seal('id', Buffer.from('secret'));
    expect(() => keyring.open('id', sealed)).toThrow(MISMATCH);
    const asked = await Promise.all([
      keyring.learn('new'),
      keyring.learn('new'),
      keyring.learn('x'),
    ]);
    expect(asked).toStrictEqual([true, true, false]);
    expect(await keyring.learn('old')).toBe(true);
    expect(looks).toBe(1);
    expect(keyring.open('id', sealed).toString()).toBe('secret');
    expect(keyring.activeKekId).toBe('old');
  });

  it('seals with the key that was made active, and with the old one when there is no such key', async () => {
    const keyring = createKeyring([OLD], async () => [NEW]);
    await expect(keyring.activate('x')).rejects.toThrow(MISMATCH);
    expect(keyring.seal('id', Buffer.from('a')).kekId).toBe('old');
    await keyring.activate('new');
    expect(keyring.seal('id', Buffer.from('a')).kekId).toBe('new');
    expect(keyring.kekIds).toStrictEqual(['old', 'new']);
  });

  it('refuses keys of a wrong length and ids that are not unique', () => {
    const corrupt = expect.objectContaining({ code: 'keyring/corrupt' });
    const short = { id: 'short', key: randomBytes(16) };
    expect(() => createKeyring([short])).toThrow(corrupt);
    expect(() => createKeyring([OLD, short])).toThrow(corrupt);
    expect(() => createKeyring([OLD, kek('old')])).toThrow(corrupt);
  });
});

function kek(id: string): Kek {
  return { id, key: randomBytes(32) };
}
