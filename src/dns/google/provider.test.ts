import { expect, it } from 'vitest';
import { withRecording } from '../../../test/support/recorded-provider.ts';
import { RECORDED_PROVIDERS } from '../../../test/support/recorded-providers.ts';
import { ONE } from '../provider.contract.ts';
import { SERVICE_ACCOUNT } from '../../../test/support/recorded-google.ts';
import { settingsSchema } from './metadata.ts';

const RECORDED = RECORDED_PROVIDERS.google;

it('reads again when somebody else was faster', () =>
  withRecording(RECORDED, 'conflict', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).resolves.toBeUndefined();
  }));

it('changes no set with a routing policy', () =>
  withRecording(RECORDED, 'routing-policy', async (provider, signal) => {
    await expect(provider.addTxt(ONE, signal)).rejects.toMatchObject({
      code: 'dns/rejected',
      message: expect.stringContaining('routing policy'),
    });
  }));

it('takes the key for no key file unless it is one', () => {
  const check = (text: string) => settingsSchema.safeParse({ serviceAccountKey: text }).success;
  expect(check(SERVICE_ACCOUNT)).toBe(true);
  const broken = { ...(JSON.parse(SERVICE_ACCOUNT) as object), private_key: 'none' };
  const elsewhere = { ...(JSON.parse(SERVICE_ACCOUNT) as object), token_uri: 'http://a.example' };
  const faulty = ['', '/etc/key.json', '{}', JSON.stringify(broken), JSON.stringify(elsewhere)];
  expect(faulty.filter(check)).toEqual([]);
});
