/**
 * An SMTP server on loopback whose answers a test writes down.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { createServerCertificate } from './openssl.ts';
import { openTempDir } from './temp-dir.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly isSecure: boolean;
  readonly user: unknown;
  /** With its headers, lines end in LF. */
  readonly message: string;
}

export interface MailServerOptions {
  /** TLS from the start. */
  readonly isImplicit?: boolean;
  readonly offersStartTls?: boolean;
  /** Whoever signs in has to be this one. */
  readonly login?: { readonly user: string; readonly password: string };
  /** The code and words that refuse a recipient or, for `undefined`, the message; or nothing. */
  readonly refuse?: (recipient: string | undefined) => readonly [number, string] | undefined;
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  /** PEM of the root that a client must trust. */
  readonly root: string;
  readonly received: readonly ReceivedMail[];
}

export async function openMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  await using directory = await openTempDir();
  const [certificate, key] = [directory.file('certificate.pem'), directory.file('key.pem')];
  await createServerCertificate(certificate, key);
  const root = await readFile(certificate, 'utf8');
  const { isImplicit = false, offersStartTls = true, login, refuse = () => undefined } = options;
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    secure: isImplicit,
    cert: root,
    key: await readFile(key),
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disabledCommands: offersStartTls ? [] : ['STARTTLS'],
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(errorOf([535, `5.7.8 ${username} cannot sign in with ${password}`]));
    },
    onRcptTo({ address }, _session, done) {
      const refusal = refuse(address);
      done(refusal === undefined ? null : errorOf(refusal));
    },
    onData(stream, { envelope, secure, user }, done) {
      const take = async (): Promise<void> => {
        const message = await text(stream);
        const refusal = refuse(undefined);
        if (refusal !== undefined) {
          done(errorOf(refusal));
          return;
        }
        received.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          isSecure: secure,
          user: user as unknown,
          message: message.replaceAll('\r\n', '\n'),
        });
        done(null, 'taken');
      };
      void take();
    },
  });
  // A client that trusts nobody here leaves in the middle of the handshake.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    root,
    received,
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(resolve);
      await promise;
    },
  };
}

function errorOf([responseCode, message]: readonly [number, string]): Error {
  return Object.assign(new Error(message), { responseCode });
}
