/**
 * A web server that replays recorded exchanges in their order, and fails on any other request.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';

export interface Exchange {
  readonly request: {
    readonly method: string;
    /** With its query. */
    readonly path: string;
    /** Compared only when given. Names in lower case; `{ "matches": "^Bearer " }` is a pattern. */
    readonly headers?: Readonly<Record<string, string | { readonly matches: string }>>;
    /** A text is compared to the letter; anything else is JSON, whose keys may be in any order. */
    readonly body?: unknown;
  };
  /** The server stays silent without a response. */
  readonly response?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  /** The values that the host holds from here on at the name that the test is about. */
  readonly holds?: readonly string[];
}

export interface RecordedHttp extends AsyncDisposable {
  readonly url: string;
  /** What was asked and answered so far. */
  readonly served: readonly Exchange[];
  /** Fails when a request came that is not recorded, or a recorded one did not come. */
  assertComplete(): void;
}

/** Starts with the exchanges in the JSON file at `fixture`; `variables` stand for `${NAME}` in it. */
export async function replayFixture(
  fixture: URL,
  variables: Readonly<Record<string, string>> = {},
): Promise<RecordedHttp> {
  const recorded = await readFile(fixture, 'utf8');
  const filled = recorded.replaceAll(
    /\$\{(\w+)\}/g,
    (whole, name: string) => variables[name] ?? whole,
  );
  return replay(JSON.parse(filled) as Exchange[]);
}

export async function replay(exchanges: readonly Exchange[]): Promise<RecordedHttp> {
  const served: Exchange[] = [];
  const faults: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const expected = exchanges[served.length];
    const fault = differenceOf(request, body, expected);
    if (fault !== undefined || expected === undefined) {
      faults.push(fault ?? 'nothing was expected');
      response.writeHead(418).end();
      return;
    }
    served.push(expected);
    if (expected.response === undefined) return;
    const { status, headers, body: reply } = expected.response;
    const isText = typeof reply === 'string';
    response.writeHead(status, {
      'content-type': isText ? 'text/plain' : 'application/json',
      ...headers,
    });
    response.end(isText ? reply : JSON.stringify(reply));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => faults.push(String(thrown)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    served,
    assertComplete: () => {
      if (faults.length > 0) throw new Error(`unexpected requests: ${faults.join('; ')}`);
      const missing = exchanges.slice(served.length).map(titleOf);
      if (missing.length > 0) throw new Error(`requests that did not come: ${missing.join('; ')}`);
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function differenceOf(
  request: IncomingMessage,
  body: string,
  expected: Exchange | undefined,
): string | undefined {
  const asked = `${request.method} ${request.url}`;
  if (expected === undefined) return `${asked} after the last recorded one`;
  if (asked !== titleOf(expected)) return `${asked} instead of ${titleOf(expected)}`;
  const wrong = Object.entries(expected.request.headers ?? {}).find(
    ([name, value]) => !isHeader(request.headers[name], value),
  );
  if (wrong !== undefined)
    return `${asked} with the header ${wrong[0]}: ${String(request.headers[wrong[0]])}`;
  const isText = typeof expected.request.body === 'string';
  const sent: unknown = isText || body === '' ? body || undefined : JSON.parse(body);
  if (!isDeepStrictEqual(sent, expected.request.body)) return `${asked} with the body ${body}`;
  return undefined;
}

function isHeader(
  sent: string | string[] | undefined,
  wanted: string | { readonly matches: string },
): boolean {
  if (typeof wanted === 'string') return sent === wanted;
  return typeof sent === 'string' && new RegExp(wanted.matches).test(sent);
}

function titleOf({ request }: Exchange): string {
  return `${request.method} ${request.path}`;
}
