/**
 * One message over SMTP (RFC 5321): connect, protect, sign in, hand over.
 *
 * @module
 */
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { rootCertificates } from 'node:tls';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `starttls` never goes on without it. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** Trusted beside the usual authorities. */
  readonly caPem?: string | undefined;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** With all of its headers. */
  readonly message: Buffer;
}

export interface MailOutcome {
  readonly accepted: readonly string[];
  /** What the server said of each that it did not take. */
  readonly refusals: readonly string[];
}

const LONGEST_ANSWER = 16 * 1024;

/**
 * Rejects when the server took it for nobody, with the server's words as the message.
 * @throws whatever aborts `signal`
 */
export async function sendMail(
  server: SmtpServer,
  { from, to, message }: Mail,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<MailOutcome> {
  signal.throwIfAborted();
  const { host, port, tls, login, caPem } = server;
  // Loaded when there is something to send: most installations have none of it.
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const connection = new Connection({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 0,
    maxResponseSize: LONGEST_ANSWER,
    tls: {
      minVersion: 'TLSv1.2',
      ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
    },
  });
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const fail = (reason: unknown): void => reject(reason);
  connection.on('error', fail);
  connection.on('end', () => fail(new Error('the connection ended early')));
  const timer = setTimeout(fail, timeoutMs, new Error(`it took longer than ${timeoutMs} ms`));
  const abort = (): void => fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  failed.catch(() => undefined);
  try {
    await Promise.race([failed, connected(connection)]);
    if (login !== undefined) await Promise.race([failed, loggedIn(connection, login)]);
    return await Promise.race([failed, handedOver(connection, { from, to, message })]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    connection.close();
  }
}

function connected(connection: SMTPConnection): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.connect((error) => (error === undefined ? resolve() : reject(error)));
  return promise;
}

function loggedIn(
  connection: SMTPConnection,
  { user, password: pass }: NonNullable<SmtpServer['login']>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.login({ user, pass }, (error) => (error === null ? resolve() : reject(error)));
  return promise;
}

function handedOver(connection: SMTPConnection, { from, to, message }: Mail): Promise<MailOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<MailOutcome>();
  connection.send({ from, to: [...to], size: message.length }, message, (error, info) => {
    if (error !== null || info === undefined) return reject(error ?? new Error('no answer'));
    const { accepted, rejectedErrors = [] } = info;
    return resolve({ accepted, refusals: rejectedErrors.map(({ message: said }) => said) });
  });
  return promise;
}
