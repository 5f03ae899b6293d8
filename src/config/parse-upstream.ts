/**
 * Where upstreams are, as text.
 *
 * @module
 */
import { isAbsolute } from 'node:path';
import type { Upstream, UpstreamScheme } from '../feed/upstream.ts';
import { parseHost } from './parse-endpoint-address.ts';

/** What is behind an endpoint: bytes, or HTTP. */
export type UpstreamKind = 'stream' | 'http';

const SCHEMES: Readonly<Record<UpstreamKind, readonly UpstreamScheme[]>> = {
  stream: ['tcp', 'tls'],
  http: ['http', 'https', 'h2c'],
};

/** Only these have a port that everybody knows. */
const USUAL_PORTS: Readonly<Partial<Record<UpstreamScheme, number>>> = { http: 80, https: 443 };

/** `sun_path` of Linux and the BSDs, the smaller of the two, with its closing zero. */
const LONGEST_SOCKET_PATH = 103;

/**
 * `scheme://host[:port]`, or `unix:/path` for a socket that speaks plain bytes or plain HTTP; says
 * what is wrong in a fragment that starts with a verb.
 */
export function parseUpstream(text: string, kind: UpstreamKind): Upstream | string {
  const socket = /^unix:(.*)$/is.exec(text)?.[1];
  if (socket !== undefined) return parseSocket(socket, kind);

  const [, given, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  const scheme = SCHEMES[kind].find((known) => known === given?.toLowerCase());
  if (scheme === undefined) {
    const [first = '', ...others] = SCHEMES[kind].map((known) => `${known}://`);
    return `must start with ${[first, ...others].join(', ')} or unix: here`;
  }
  if (rest.includes('@')) return 'must not contain a user name or password';
  const [, bracketed, plain, digits, tail] =
    /^(?:\[([^\]]*)\]|([^:/?#[\]@]*))(?::(\d{1,5}))?(.*)$/s.exec(rest) ?? [];
  if (tail !== '' && tail !== '/') return 'must end after the port: paths are passed on unchanged';
  const host = parseHost(bracketed, plain);
  if (host === undefined) return 'has a host that is neither IP address nor name';
  const port = digits === undefined ? USUAL_PORTS[scheme] : Number(digits);
  if (port === undefined) return `needs a port, e.g. ${scheme}://127.0.0.1:5432`;
  if (port < 1 || port > 65_535) return 'needs a port from 1 to 65535';
  return { scheme, target: { host, port } };
}

function parseSocket(given: string, kind: UpstreamKind): Upstream | string {
  // unix:///run/app.sock is the same as unix:/run/app.sock.
  const path = given.replace(/^\/\/(?=\/)/, '');
  if (!isAbsolute(path) || path.startsWith('//'))
    return 'needs an absolute path, e.g. unix:/run/app.sock';
  if (path.includes('\0')) return 'has a path that cannot be';
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
    return `has a path of more than ${LONGEST_SOCKET_PATH} bytes, which no socket can have`;
  }
  return { scheme: kind === 'http' ? 'http' : 'tcp', target: { path } };
}
