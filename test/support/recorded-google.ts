/**
 * Google Cloud DNS as a recording, with a service account whose key is made on the spot.
 *
 * @module
 */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { createGoogleProvider } from '../../src/dns/google/provider.ts';
import { fixedClock } from './fixed-clock.ts';
import type { RecordedProvider } from './recorded-provider.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ISSUED_AT = 1_768_478_400;

export const SERVICE_ACCOUNT = JSON.stringify({
  type: 'service_account',
  project_id: 'fixture-project',
  private_key_id: 'fixture-key-id',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: 'dns@fixture-project.iam.gserviceaccount.com',
  client_id: '100000000000000000000',
  token_uri: 'https://oauth2.googleapis.com/token',
});

export const recordedGoogle: RecordedProvider = {
  name: 'google',
  basePath: '/dns/v1',
  clock: fixedClock(new Date(ISSUED_AT * 1_000).toISOString()),
  variables: { ASSERTION: assertion() },
  open: (options) =>
    createGoogleProvider(
      { serviceAccountKey: SERVICE_ACCOUNT, zones: undefined },
      { ...options, tokenUrl: new URL('/token', options.baseUrl).href },
    ),
};

/** What Google's documentation says a token request has to hold. */
function assertion(): string {
  const parts = [
    { alg: 'RS256', typ: 'JWT', kid: 'fixture-key-id' },
    {
      iss: 'dns@fixture-project.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/ndev.clouddns.readwrite',
      aud: 'https://oauth2.googleapis.com/token',
      iat: ISSUED_AT,
      exp: ISSUED_AT + 3_600,
    },
  ];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = createSign('RSA-SHA256').update(signed.join('.')).sign(privateKey, 'base64url');
  const grant = encodeURIComponent('urn:ietf:params:oauth:grant-type:jwt-bearer');
  return `grant_type=${grant}&assertion=${signed.join('.')}.${signature}`;
}
