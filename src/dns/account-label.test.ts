import { expect, it } from 'vitest';
import { accountLabel } from './account-label.ts';

it.each([
  // draft-ietf-acme-dns-account-label-02 §3.2
  ['https://example.com/acme/acct/ExampleAccount', '_ujmmovf2vn55tgye'],
  // printf URL | openssl dgst -sha256 -binary | head -c10 | base32
  ['https://ca.example/acct/1', '_55hp4m7ugx3qoywf'],
])('labels the records of %s', (url, label) => {
  expect(accountLabel(url)).toBe(label);
});
