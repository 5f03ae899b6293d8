/**
 * An HTTPS server on loopback whose answers a test writes down.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createServerCertificate } from './openssl.ts';
import { openTempDir } from './temp-dir.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Anything but a string is sent as JSON. */
  readonly body?: unknown;
}

/** `cut` closes the connection and `hang` leaves it open, both without an answer. */
export type Script = (request: SeenRequest) => ScriptedAnswer | 'cut' | 'hang';

export interface HttpsServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** PEM of the root that a client must trust. */
  readonly root: string;
  readonly requests: readonly SeenRequest[];
}

export async function openHttpsServer(script: Script): Promise<HttpsServer> {
  await using directory = await openTempDir();
  const [certificate, key] = [directory.file('certificate.pem'), directory.file('key.pem')];
  await createServerCertificate(certificate, key);
  const root = await readFile(certificate, 'utf8');
  const requests: SeenRequest[] = [];
  const answerTo = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = incoming;
    const seen = { method, path, headers, body: await text(incoming) };
    requests.push(seen);
    const answer = script(seen);
    if (answer === 'hang') return;
    if (answer === 'cut') {
      incoming.socket.destroy();
      return;
    }
    const content = answer.body ?? '';
    outgoing.writeHead(answer.status ?? 200, answer.headers);
    outgoing.end(typeof content === 'string' ? content : JSON.stringify(content));
  };
  const server = createServer(
    { cert: root, key: await readFile(key) },
    (incoming, outgoing) => void answerTo(incoming, outgoing),
  );
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root,
    requests,
    [Symbol.asyncDispose]: async () => {
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      server.close(() => close());
      server.closeAllConnections();
      await closed;
    },
  };
}
