/**
 * Events as e-mail: one mail for each, or one for all of some minutes.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { EventView } from '../../observe/events/event.ts';
import { lastLine, redact, spellingsOf } from '../../wire/foreign-text.ts';
import type { DigestNotifier, Notifier } from '../notifier.ts';
import type { MailAddress } from './address.ts';
import { sendMail, type SmtpServer } from './send-mail.ts';
import { writeMail } from './write-mail.ts';

export interface EmailSettings {
  readonly server: SmtpServer;
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly timeoutMs: number;
  /** Absent: a mail for each event. */
  readonly digestMs?: number | undefined;
}

/** Of one mail; what happened beyond it goes into the next one. */
const MOST_EVENTS = 1_000;
/** Mails whose recipients are remembered. */
const MOST_REMEMBERED = 1_000;

export function createEmailNotifier(settings: EmailSettings): Notifier | DigestNotifier {
  const { server, from, to, timeoutMs, digestMs } = settings;
  /** Who has a mail that others of its recipients were refused: they do not get it again. */
  const taken = new Map<string, ReadonlySet<string>>();

  async function sendAll(events: readonly EventView[], signal: AbortSignal): Promise<void> {
    const messageId = messageIdOf(events, from);
    const before = taken.get(messageId) ?? new Set<string>();
    const left = to.map(({ address }) => address).filter((address) => !before.has(address));
    const mail = { from: from.address, to: left, message: await compose(events, messageId) };
    const { accepted, refusals } = await sendMail(server, mail, timeoutMs, signal).catch(
      (thrown: unknown) => {
        signal.throwIfAborted();
        throw failed(server, thrown instanceof Error ? thrown.message : '');
      },
    );
    taken.delete(messageId);
    if (refusals.length === 0) return;
    taken.set(messageId, new Set([...before, ...accepted]));
    const [oldest] = taken.keys();
    if (taken.size > MOST_REMEMBERED && oldest !== undefined) taken.delete(oldest);
    throw failed(server, refusals.join(' '));
  }

  async function compose(events: readonly EventView[], messageId: string): Promise<Buffer> {
    const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
    return new MailComposer({
      ...writeMail(events),
      // The composer writes into what it is given.
      from: { ...from },
      to: to.map((each) => ({ ...each })),
      messageId,
      headers: {
        // RFC 3834: no answers by programs.
        'auto-submitted': 'auto-generated',
        'x-auto-response-suppress': 'All',
      },
      disableFileAccess: true,
      disableUrlAccess: true,
    })
      .compile()
      .build();
  }

  return digestMs === undefined
    ? { send: (event, signal) => sendAll([event], signal) }
    : { digest: { afterMs: digestMs, most: MOST_EVENTS }, sendAll };
}

/** The same for the same events, so that one that comes twice is known as such. */
function messageIdOf(events: readonly EventView[], { address }: MailAddress): string {
  const [first, ...others] = events.map(({ id }) => id);
  const several = createHash('sha256')
    .update([first, ...others].join())
    .digest('hex');
  const domain = address.slice(address.lastIndexOf('@') + 1);
  return `<${others.length === 0 ? first : several.slice(0, 40)}@${domain}>`;
}

/** Without its cause: some servers repeat what they refuse, the password among it. */
function failed({ host, port, login }: SmtpServer, said: string): AppError {
  const { user = '', password = '' } = login ?? {};
  const secrets = login === undefined ? [] : [password, `\0${user}\0${password}`];
  const reason = lastLine(redact(said, spellingsOf(secrets))) ?? 'it does not answer';
  return new AppError('delivery/failed', `cannot send mail by ${host}:${port}: ${reason}`, {
    mend: 'Check server, tls, user, password and the addresses of the subscription.',
  });
}
