/**
 * Changes TXT records by a server of the operator's: `POST /present` and `POST /cleanup`.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import { ATTEMPTS } from '../attempts.ts';
import { createHostApi } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { DnsProvider, TxtRecord } from '../provider.ts';
import { findRefusalText } from '../refusal-text.ts';
import type { HttpReqSettings } from './metadata.ts';

export function createHttpReqProvider(
  { endpoint, mode, username = '', password = '', ca }: HttpReqSettings,
  { clock, baseUrl = endpoint }: ProviderOptions,
): DnsProvider {
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const isAnonymous = username === '' && password === '';
  const api = createHostApi({
    host: 'The webhook',
    baseUrl,
    clock,
    secrets: [password],
    authorize: () => (isAnonymous ? {} : { authorization: `Basic ${basic}` }),
    unauthorizedMend: 'Give the username and password that the webhook wants.',
    readRefusal: ({ status, json, text }) =>
      status < 400 ? undefined : { message: findRefusalText(json) ?? text },
    caPem: ca,
  });
  const post = async (path: string, attempt: string, record: TxtRecord, signal: AbortSignal) => {
    const json =
      mode === 'raw' ? rawForm(record) : { fqdn: `${record.name}.`, value: record.value };
    await api.send({ attempt, method: 'POST', path, json }, signal);
  };
  return {
    addTxt: (record, signal) => post('/present', ATTEMPTS.create(record.name), record, signal),
    removeTxt: (record, signal) => post('/cleanup', ATTEMPTS.delete(record.name), record, signal),
    close: () => api.close(),
  };
}

function rawForm({ name, challenge }: TxtRecord): Record<string, string> {
  if (challenge !== undefined) {
    const { domain, token, keyAuthorization } = challenge;
    return { domain, token, keyAuth: keyAuthorization };
  }
  throw new AppError('dns/rejected', `cannot post ${name}: it answers no challenge`, {
    mend: 'Use the default mode of httpreq for records that answer no challenge.',
    context: { name },
  });
}
