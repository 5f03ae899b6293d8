/**
 * Plays the CA against ourselves, as far as one machine can: a random answer, asked for at the
 * addresses to which the name leads.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, get } from 'node:http';
import { connect } from 'node:tls';
import type { Challenge, Solver, SolverSource } from '../challenges/solver.ts';
import { SECOND_MS } from '../core/clock.ts';
import { mapConcurrently } from '../core/concurrency.ts';
import { systemCode, toAppError } from '../core/errors.ts';
import { bracketed } from '../core/host-port.ts';
import { isAddress } from '../core/names.ts';
import type { Probe } from '../lifecycle/diagnose.ts';
import type { ProbeFacts } from '../lifecycle/preflight/facts.ts';

/** Where CAs connect (RFC 8555 §8.3, RFC 8737 §3); test CAs have ports of their own. */
export interface ValidationPorts {
  readonly http: number;
  readonly tls: number;
}

const USUAL_PORTS: ValidationPorts = { http: 80, tls: 443 };
const TIMEOUT_MS = 5 * SECOND_MS;
const TOKEN_BYTES = 32;
const LONGEST_ANSWER = 1_024;
const AT_ONCE = 4;

export function createProbe(solvers: SolverSource, ports: ValidationPorts = USUAL_PORTS): Probe {
  return async ({ spec, name, type, addresses }, signal) => {
    // A host without tls-alpn-01 name form: an address would need its reverse name as SNI.
    if (type === 'tls-alpn-01' && isAddress(name)) return [];
    const challenge = { type, name, token: random(), keyAuthorization: random() };
    let solver: Solver | undefined;
    try {
      solver = solvers.solverFor(type, spec);
      await solver.present(challenge, signal);
      const ask = type === 'http-01' ? askHttp : askTls;
      const port = type === 'http-01' ? ports.http : ports.tls;
      return await mapConcurrently(addresses, AT_ONCE, async (address): Promise<ProbeFacts> => {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
        const message = await ask({ challenge, address, port }, limit).catch(
          (thrown: unknown) => systemCode(thrown) ?? toAppError(thrown).message,
        );
        signal.throwIfAborted();
        return { name, type, address, ...(message === undefined ? {} : { fault: { message } }) };
      });
    } catch (thrown) {
      signal.throwIfAborted();
      const { message, mend } = toAppError(thrown);
      return [{ name, type, fault: { message, mend } }];
    } finally {
      await solver?.cleanUp(challenge, AbortSignal.timeout(TIMEOUT_MS)).catch(() => undefined);
      await solver?.close();
    }
  };
}

interface Question {
  readonly challenge: Challenge;
  readonly address: string;
  readonly port: number;
}

/** @returns what is wrong with the answer. */
async function askHttp(
  { challenge, address, port }: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  const request = get({
    host: address,
    port,
    path: `/.well-known/acme-challenge/${challenge.token}`,
    headers: { host: bracketed(challenge.name) },
    agent: false,
    signal,
  });
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) return `port ${port} answers with ${response.statusCode}`;
    const body = await readStart(response);
    return body.trim() === challenge.keyAuthorization
      ? undefined
      : `port ${port} answers with something else`;
  } finally {
    request.on('error', () => undefined).destroy();
  }
}

async function readStart(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > LONGEST_ANSWER) break;
  }
  return text;
}

/** RFC 8737 §3: the certificate's extension has the digest of the key authorization. */
async function askTls(
  { challenge, address, port }: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  const socket = connect({
    host: address,
    port,
    servername: challenge.name,
    ALPNProtocols: ['acme-tls/1'],
    // The answer is self-signed by design.
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal });
    if (socket.alpnProtocol !== 'acme-tls/1') return `port ${port} does not speak acme-tls/1`;
    const digest = createHash('sha256').update(challenge.keyAuthorization).digest();
    const certificate = socket.getPeerX509Certificate()?.raw;
    return certificate?.includes(digest) === true
      ? undefined
      : `port ${port} answers with another certificate`;
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function random(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}
