import { expect, it } from 'vitest';
import { openRecorded, withRecording } from '../../../test/support/recorded-provider.ts';
import type { ProviderOptions } from '../provider-options.ts';
import { ONE } from '../provider.contract.ts';
import { settingsSchema } from './metadata.ts';
import { createHttpReqProvider } from './provider.ts';

const RAW = {
  name: 'httpreq',
  basePath: '/hooks',
  open: (options: Required<ProviderOptions>) =>
    createHttpReqProvider(
      settingsSchema.parse({ endpoint: 'http://webhook.invalid', mode: 'raw' }),
      options,
    ),
};

it('posts what the value is made of in the raw mode', () =>
  withRecording(RAW, 'raw', async (provider, signal) => {
    const challenge = {
      domain: 'app.example.com',
      token: 'token',
      keyAuthorization: 'token.thumbprint',
    };
    const record = { ...ONE, challenge };
    await expect(provider.addTxt(record, signal)).resolves.toBeUndefined();
    await expect(provider.removeTxt(record, signal)).resolves.toBeUndefined();
  }));

it('posts no record in the raw mode that answers no challenge', async () => {
  await using harness = await openRecorded(RAW, 'raw');
  await expect(harness.provider.addTxt(ONE, new AbortController().signal)).rejects.toMatchObject({
    code: 'dns/rejected',
  });
  expect(harness.served).toEqual([]);
});
