import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import type { ProviderOptions } from '../provider-options.ts';
import { ONE } from '../provider.contract.ts';
import { hash } from 'node:crypto';
import { createOvhProvider } from './provider.ts';
import { signRequest } from './sign.ts';

const RECORDED = RECORDED_PROVIDERS.ovh;

it('blames a wrong secret on the credential', () =>
  withRecording(RECORDED, 'wrong-secret', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/unauthorized',
      message: `cannot look for the zone of ${ONE.name}: Invalid signature`,
    });
  }));

it('asks for no zone when they are given', () => {
  const given = {
    ...RECORDED,
    open: (options: Required<ProviderOptions>) =>
      createOvhProvider(
        {
          endpoint: 'ovh-eu',
          applicationKey: 'fixture-application',
          applicationSecret: 'fixture-secret',
          consumerKey: 'fixture-consumer',
          zones: ['example.com'],
        },
        options,
      ),
  };
  return withRecording(given, 'given-zone', async (provider, signal) => {
    await expect(provider.removeTxt(ONE, signal)).resolves.toBeUndefined();
  });
});

it('signs as the documentation of the host has it', () => {
  const url = new URL('https://eu.api.ovh.com/1.0/domain/zone/example.com/record?fieldType=TXT');
  const keys = { applicationKey: 'ak', applicationSecret: 'as', consumerKey: 'ck' };
  const headers = signRequest(keys, { method: 'GET', url, body: '' }, 1_700_000_000);
  const signed = `as+ck+GET+${url.href}++1700000000`;
  expect(headers).toEqual({
    'x-ovh-application': 'ak',
    'x-ovh-consumer': 'ck',
    'x-ovh-timestamp': '1700000000',
    'x-ovh-signature': `$1$${hash('sha1', signed)}`,
  });
});
