import { describe, expect, it } from 'vitest';
import { openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import { newCertificate } from './issue.ts';
import { removeCertificate, revokeCertificate } from './revoke.ts';

const SIGNAL = new AbortController().signal;

describe('what is chosen by its id', () => {
  it('is called by its name in refusals', async () => {
    await using test = await openLifecycle();
    const { context, clock } = test;
    const certificate = newCertificate(clock.now(), specFor(['app.example.com']), 'file');
    await context.store.certificates.insert(certificate);
    const choice = { name: '', id: certificate.id };
    await expect(removeCertificate(context, choice)).rejects.toMatchObject({
      code: 'certificate/conflict',
      message: 'app.example.com is managed by the configuration file',
    });
    const request = { ...choice, reason: 'superseded' } as const;
    await expect(
      revokeCertificate(context, request, () => undefined, SIGNAL),
    ).rejects.toMatchObject({ message: 'nothing has been issued for app.example.com yet' });
  });
});
