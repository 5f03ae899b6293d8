/**
 * Version 4 of the signature of requests to AWS.
 *
 * @module
 */
import { createHash, createHmac } from 'node:crypto';
import type { SentRequest } from '../host-api.ts';

export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
  readonly service: string;
}

/** The headers that sign `request`, of which only `host` and the date are signed besides. */
export function signRequest(
  key: SigningKey,
  { method, url, body }: SentRequest,
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const { sessionToken, region, service } = key;
  const headers: [string, string][] = [
    ['host', url.host],
    ['x-amz-date', time],
    ...(sessionToken === undefined
      ? []
      : [['x-amz-security-token', sessionToken] satisfies [string, string]]),
  ];
  const names = headers.map(([name]) => name).join(';');
  const request = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const stringToSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const signingKey = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${key.secretAccessKey}`,
  );
  const signature = hmac(signingKey, stringToSign).toString('hex');
  const credential = `Credential=${key.accessKeyId}/${scope}`;
  return {
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
