import { inspect } from 'node:util';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type MailServer, openMailServer } from '../../../test/support/mail-server.ts';
import type { EventView } from '../../observe/events/event.ts';
import { createEmailNotifier, type EmailSettings } from './notifier.ts';
import { parseMailAddress } from './address.ts';
import type { SmtpServer } from './send-mail.ts';

const EVENT: EventView = {
  id: '01jd',
  type: 'certificate.renewal_failed.v1',
  timestamp: '2026-11-22T07:00:00.000Z',
  certificateId: '01jc',
  names: ['app.example.com', 'www.example.com'],
  data: {
    error: { code: 'acme/challenge-failed', message: 'nobody answers — at all', mend: 'Look.' },
    failures: 3,
    retryAt: '2026-11-22T08:00:00.000Z',
  },
};
const LOGIN = { user: 'certctl', password: 'the-password-of-certctl' };

function address(text: string) {
  const parsed = parseMailAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  // As configurations are.
  return Object.freeze(parsed);
}

function settingsFor(
  { port, root }: Pick<MailServer, 'port' | 'root'>,
  server: Partial<SmtpServer> = {},
  more: Partial<EmailSettings> = {},
): EmailSettings {
  return {
    server: { host: 'localhost', port, tls: 'starttls', caPem: root, ...server },
    from: address('certctl <certctl@example.com>'),
    to: [address('ops@example.com')],
    timeoutMs: 5_000,
    ...more,
  };
}

async function send(settings: EmailSettings, event: EventView = EVENT): Promise<void> {
  const notifier = createEmailNotifier(settings);
  if (!('send' in notifier)) throw new Error('it collects');
  await notifier.send(event, new AbortController().signal);
}

const failureOf = (sent: Promise<void>): Promise<{ code: string; message: string }> =>
  sent.then(
    () => ({ code: '', message: 'it was sent' }),
    (thrown: { code: string; message: string }) => thrown,
  );

describe('an e-mail', () => {
  it.each([
    ['STARTTLS', {}, {}],
    ['TLS from the start', { isImplicit: true }, { tls: 'implicit' }],
  ] as const)('goes over %s, signed in, and says what happened', async (_title, how, tls) => {
    await using server = await openMailServer({ ...how, login: LOGIN });
    await send(settingsFor(server, { ...tls, login: LOGIN }));
    const [mail] = server.received;
    expect(mail).toMatchObject({
      from: 'certctl@example.com',
      to: ['ops@example.com'],
      isSecure: true,
      user: LOGIN.user,
    });
    const message = mail?.message ?? '';
    expect(message).toContain('From: certctl <certctl@example.com>\n');
    expect(message).toContain('To: ops@example.com\n');
    expect(message).toContain('Message-ID: <01jd@example.com>\n');
    expect(message).toMatch(/^Auto-Submitted: auto-generated$/im);
    expect(message).toMatch(
      /^Subject: certctl: certificate\.renewal_failed\.v1 app\.example\.com\s+and 1 more$/m,
    );
    expect(decoded(message)).toContain(
      'An attempt at a renewal failed.\n\nnames:           app.example.com, www.example.com\n',
    );
    expect(decoded(message)).toContain('message:         nobody answers — at all\n');
  });

  it('never goes without the TLS that was wanted, nor to a stranger', async () => {
    await using plain = await openMailServer({ offersStartTls: false });
    expect(await failureOf(send(settingsFor(plain)))).toMatchObject({ code: 'delivery/failed' });
    await using stranger = await openMailServer();
    const { caPem: _root, ...server } = settingsFor(stranger).server;
    const untrusted = failureOf(send({ ...settingsFor(stranger), server }));
    expect(await untrusted).toMatchObject({ message: expect.stringContaining('self-signed') });
    expect([...plain.received, ...stranger.received]).toEqual([]);
    await send(settingsFor(plain, { tls: 'none' }));
    expect(plain.received).toMatchObject([{ isSecure: false }]);
  });

  it('that cannot sign in says so, and not with what', async () => {
    await using server = await openMailServer({ login: { ...LOGIN, password: 'another' } });
    const failure = await failureOf(send(settingsFor(server, { login: LOGIN })));
    expect(failure.code).toBe('delivery/failed');
    expect(failure.message).toMatch(/localhost:\d+: .*535 5\.7\.8/);
    expect(inspect(failure, { depth: 9 })).not.toContain(LOGIN.password);
  });

  it.each([
    ['for now', [451, '4.3.0 try again later']],
    ['for good', [554, '5.7.1 no mail from you']],
  ] as const)(
    'that is refused %s has failed, with the words of the server',
    async (_t, refusal) => {
      let isRefusing = true;
      await using server = await openMailServer({
        refuse: (recipient) => (isRefusing && recipient === undefined ? refusal : undefined),
      });
      const failure = await failureOf(send(settingsFor(server)));
      expect(failure).toMatchObject({ code: 'delivery/failed' });
      expect(failure.message).toContain(refusal[1]);
      isRefusing = false;
      await send(settingsFor(server));
      expect(server.received).toHaveLength(1);
    },
  );

  it('is sent again to those only who were refused it', async () => {
    let isRefusing = true;
    await using server = await openMailServer({
      refuse: (recipient) =>
        isRefusing && recipient === 'late@example.com' ? [450, '4.2.0 greylisted'] : undefined,
    });
    const to = [address('ops@example.com'), address('late@example.com')];
    const notifier = createEmailNotifier(settingsFor(server, {}, { to }));
    if (!('send' in notifier)) throw new Error('it collects');
    const { signal } = new AbortController();
    const failure = await failureOf(notifier.send(EVENT, signal));
    expect(failure.message).toContain('greylisted');
    isRefusing = false;
    await notifier.send(EVENT, signal);
    expect(server.received.map((mail) => mail.to)).toEqual([
      ['ops@example.com'],
      ['late@example.com'],
    ]);
  });

  it('has no header that somebody else has written', async () => {
    await using server = await openMailServer();
    const evil = 'x\r\nBcc: thief@example.com\r\n\r\n.\r\nMAIL FROM:<x>';
    await send(settingsFor(server), {
      ...EVENT,
      names: [evil],
      data: { [evil]: evil, error: { code: evil, message: `${evil}\u2028${evil}`, mend: evil } },
    });
    const [mail, ...others] = server.received;
    expect(others).toEqual([]);
    expect(mail?.to).toEqual(['ops@example.com']);
    const [headers = ''] = (mail?.message ?? '').split('\n\n');
    expect(headers).not.toMatch(/^bcc:/im);
    expect(decoded(mail?.message ?? '')).not.toMatch(/^(?:bcc:|MAIL FROM)/im);
  });

  it('does not wait for ever, nor when it is to stop', async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const settings = settingsFor({ port, root: '' }, { tls: 'none' }, { timeoutMs: 300 });
    expect(await failureOf(send(settings))).toMatchObject({ code: 'delivery/failed' });
    const stop = new AbortController();
    const notifier = createEmailNotifier({ ...settings, timeoutMs: 60_000 });
    if (!('send' in notifier)) throw new Error('it collects');
    const sent = notifier.send(EVENT, stop.signal);
    const reason = new Error('stopped');
    setTimeout(() => stop.abort(reason), 100);
    await expect(sent).rejects.toBe(reason);
    silent.close();
  });
});

describe('a digest', () => {
  it('tells of a thousand failures in one mail, whose size is bounded', async () => {
    await using server = await openMailServer();
    const notifier = createEmailNotifier(settingsFor(server, {}, { digestMs: 60_000 }));
    if (!('digest' in notifier)) throw new Error('it does not collect');
    const events = Array.from({ length: 1_000 }, (_, index) => ({
      ...EVENT,
      id: `event${index}`,
      names: [`h${index}.example.com`],
      type: index === 0 ? ('certificate.expired.v1' as const) : EVENT.type,
    }));
    const { signal } = new AbortController();
    await notifier.sendAll(events, signal);
    await notifier.sendAll(events, signal);
    const [mail, again] = server.received;
    const message = decoded(mail?.message ?? '');
    expect(message).toContain(
      'Subject: certctl: 1000 events, certificate.renewal_failed.v1 and others\n',
    );
    expect(message).toContain(
      '   999  certificate.renewal_failed.v1\n     1  certificate.expired.v1',
    );
    expect(message).toContain('h49.example.com');
    expect(message).toContain('and 950 more');
    expect(message.length).toBeLessThan(50_000);
    const idOf = (text = '') => /^Message-ID: (.*)$/m.exec(text)?.[1];
    expect(idOf(mail?.message)).toBe(idOf(again?.message));
  });
});

describe('parseMailAddress', () => {
  it.each([
    ['ops@example.com', '', 'ops@example.com'],
    ['Operations <o.p+s@Example.COM>', 'Operations', 'o.p+s@example.com'],
    ['ops@bücher.example', '', 'ops@xn--bcher-kva.example'],
  ])('takes %s', (text, name, found) =>
    expect(parseMailAddress(text)).toEqual({ name, address: found }),
  );
  it.each([
    '',
    'ops',
    '@example.com',
    'ops@',
    'o ps@example.com',
    '.ops@example.com',
    'ops@*.example.com',
    'ops@127.0.0.1',
    'ops@example.com, two@example.com',
    'ops@example.com\nBcc: x@example.com',
    'Op\r\ns <ops@example.com>',
    `${'x'.repeat(65)}@example.com`,
  ])('refuses %j', (text) => expect(parseMailAddress(text)).toBeUndefined());
});

/** Of one part: without the encoding and the folding of RFC 5322. */
function decoded(message: string): string {
  const [headers = '', ...parts] = message.split('\n\n');
  const body = parts.join('\n\n');
  const plain = /^content-transfer-encoding: quoted-printable$/im.test(headers)
    ? Buffer.from(
        body
          .replaceAll('=\n', '')
          .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
            String.fromCharCode(Number.parseInt(hex, 16)),
          ),
        'latin1',
      ).toString()
    : body;
  return `${headers.replaceAll(/\n[ \t]+/g, ' ')}\n\n${plain}`;
}
