import { describe, expect, it } from 'vitest';
import { issuerSettingsSchema } from '../issuers/issuer-settings.ts';

const directory = 'https://ca.example/directory';

describe('issuerSettingsSchema', () => {
  it.each([
    { type: 'internal' },
    { type: 'internal', commonName: 'Root' },
    { type: 'acme', directory, acceptTerms: false },
    { type: 'acme', directory, acceptTerms: true, email: 'o@example.com', caBundle: 'PEM' },
  ])('reads what the store kept as JSON: %j', (settings) => {
    expect(issuerSettingsSchema.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  });

  it('takes the terms for not accepted when nobody said so', () => {
    expect(issuerSettingsSchema.parse({ type: 'acme', directory })).toMatchObject({
      acceptTerms: false,
    });
  });

  it.each([
    { type: 'acme', directory: 'http://ca.example/' },
    { type: 'acme', directory: 'https://u:p@ca.example/' },
    { type: 'acme', directory: 'https://ca.example/#part' },
    { type: 'acme', directory, email: 'a@example.com,b@example.com' },
    { type: 'acme', directory, email: 'a@example.com?subject=x' },
    { type: 'acme', directory, hmacKey: 'x' },
    { type: 'vault' },
  ])('refuses %j', (settings) => {
    expect(issuerSettingsSchema.safeParse(settings).success).toBe(false);
  });
});
