/**
 * A real ACME server of its own for one test: `await using ca = await Pebble.start()`.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type ChallengeDns, connectChallengeDns } from './challenge-dns.ts';
import { freePorts } from './free-port.ts';
import { requestText } from './https-request.ts';
import { createServerCertificate } from './openssl.ts';
import { type PebblePrograms, findPebblePrograms } from './pebble-programs.ts';
import type { RunningProgram } from './program.ts';
import { openTempDir } from './temp-dir.ts';

export interface PebbleOptions {
  /** Percentage of good nonces that the CA refuses. */
  readonly rejectNonces?: number;
  /** Percentage of chances taken to reuse a valid authorization. */
  readonly reuseAuthorizations?: number;
  /** Key identifier → base64url MAC key; when given, every new account needs one of them. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  /** How many roots besides the first also sign. */
  readonly alternateRoots?: number;
  /** Certificates between leaf and root. */
  readonly chainLength?: number;
  readonly profiles?: Readonly<Record<string, PebbleProfile>>;
  /** Lets the CA sleep before validations as a busy one would. */
  readonly validationSleep?: boolean;
  /** Enforces what the protocol demands but CAs often forgive. */
  readonly strict?: boolean;
  /** `ip:port` of the name server that the CA asks, instead of its own. */
  readonly nameServer?: string;
  /** How many orders a page of the account's list has. */
  readonly ordersPerPage?: number;
  /** Seconds that the CA asks to wait between polls. */
  readonly retryAfter?: { readonly authz: number; readonly order: number };
}

export interface PebbleProfile {
  readonly description: string;
  /** Seconds. */
  readonly validityPeriod: number;
}

export interface PebbleRequest {
  readonly method: string;
  /** The pattern without identifiers: `/order-plz`, `/nonce-plz`, `/finalize-order/`. */
  readonly path: string;
}

const PROFILES: Readonly<Record<string, PebbleProfile>> = {
  default: { description: 'ninety days', validityPeriod: 90 * 86_400 },
  shortlived: { description: 'about a week', validityPeriod: 160 * 3_600 },
};
const CERTIFICATE_STATUS = z.object({ Status: z.string() });
const MOST_STARTS = 3;
const START_TIMEOUT_MS = 20_000;
const POLL_MS = 25;

export class Pebble implements AsyncDisposable {
  readonly directoryUrl: string;
  /** The path of the PEM file that vouches for the directory's own TLS certificate. */
  readonly caBundle: string;
  /** Where the CA connects for http-01. */
  readonly httpPort: number;
  /** Where the CA connects for tls-alpn-01. */
  readonly tlsPort: number;
  /** `127.0.0.1:port` of the DNS server that the CA asks, over UDP and TCP. */
  readonly dnsAddress: string;
  readonly dns: ChallengeDns;

  readonly #management: string;
  readonly #trust: string;
  readonly #program: RunningProgram;
  readonly #resources: AsyncDisposableStack;

  static async start(options: PebbleOptions = {}): Promise<Pebble> {
    const programs = await findPebblePrograms();
    for (let tries = 1; ; tries += 1) {
      try {
        return await startOnce(programs, options);
      } catch (thrown) {
        // Between the choice of a port and its use another process can take it.
        const wasTaken = thrown instanceof Error && /address already in use/.test(thrown.message);
        if (!wasTaken || tries === MOST_STARTS) throw thrown;
      }
    }
  }

  /** Takes over `resources`; tests call `start`. */
  constructor(started: StartedPebble) {
    const { listen, management, http, tls, dns, dnsManagement } = started.ports;
    this.directoryUrl = `https://localhost:${listen}/dir`;
    this.caBundle = started.caBundle;
    this.httpPort = http;
    this.tlsPort = tls;
    this.dnsAddress = `127.0.0.1:${dns}`;
    this.dns = connectChallengeDns(dnsManagement);
    this.#management = `https://localhost:${management}`;
    this.#trust = started.trust;
    this.#program = started.program;
    this.#resources = started.resources;
  }

  /** What the CA has printed so far. */
  get log(): string {
    return this.#program.output;
  }

  /** The requests that the CA has handled, oldest first; `path` narrows to one pattern. */
  async requests(path?: string): Promise<PebbleRequest[]> {
    const lines = await this.#find(/ (GET|HEAD|POST) (\S+) -> calling handler\(\)$/gm);
    const all = lines.map((line) => ({ method: line[1] ?? '', path: line[2] ?? '' }));
    return path === undefined ? all : all.filter((request) => request.path === path);
  }

  /** How many orders were created; refused requests and refused nonces do not count. */
  async orderCount(): Promise<number> {
    return (await this.#find(/ Added order "/g)).length;
  }

  /** How many orders named a predecessor that the CA accepted (RFC 9773 §5). */
  async replacementCount(): Promise<number> {
    return (await this.#find(/ ARI: order .* is a replacement of /g)).length;
  }

  /** The root certificates as PEM: the first one's chain is the CA's default. */
  async roots(): Promise<string[]> {
    const roots: string[] = [];
    for (;;) {
      const { status, body } = await this.#get(`/roots/${roots.length}`);
      if (status !== 200) return roots;
      roots.push(body);
    }
  }

  /** Answers renewal information for this certificate: a value as JSON, or any text as it is. */
  async setRenewalInfo(certificatePem: string, response: unknown): Promise<void> {
    const ARIResponse = typeof response === 'string' ? response : JSON.stringify(response);
    const leaf = /-----BEGIN[\s\S]+?-----END CERTIFICATE-----\n?/.exec(certificatePem)?.[0];
    const body = JSON.stringify({ Certificate: leaf ?? certificatePem, ARIResponse });
    const url = `${this.#management}/set-renewal-info/`;
    const answer = await requestText(url, { body, ca: this.#trust });
    if (answer.status !== 200) throw new Error(`pebble refused the renewal info: ${answer.body}`);
  }

  /** `Valid` or `Revoked`, by the CA's own books. */
  async certificateStatus(serialHex: string): Promise<string> {
    const { status, body } = await this.#get(`/cert-status-by-serial/${serialHex.toLowerCase()}`);
    if (status !== 200) throw new Error(`pebble knows no certificate ${serialHex}: ${status}`);
    return CERTIFICATE_STATUS.parse(JSON.parse(body)).Status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** The CA prints before it answers, but its output reaches us by another way than the answer. */
  async #find(pattern: RegExp): Promise<RegExpExecArray[]> {
    let seen: number;
    do {
      seen = this.log.length;
      await wait(POLL_MS);
    } while (this.log.length !== seen);
    return [...this.log.matchAll(pattern)];
  }

  #get(path: string) {
    return requestText(`${this.#management}${path}`, { ca: this.#trust });
  }
}

interface Ports {
  readonly listen: number;
  readonly management: number;
  readonly http: number;
  readonly tls: number;
  readonly dns: number;
  readonly dnsManagement: number;
}

interface StartedPebble {
  readonly ports: Ports;
  readonly caBundle: string;
  readonly trust: string;
  readonly program: RunningProgram;
  readonly resources: AsyncDisposableStack;
}

async function startOnce(programs: PebblePrograms, options: PebbleOptions): Promise<Pebble> {
  await using resources = new AsyncDisposableStack();
  const directory = resources.use(await openTempDir('certctl-pebble-'));
  const ports = await choosePorts();
  const { listen, management, dns, dnsManagement } = ports;
  const certificate = directory.file('server.pem');
  await createServerCertificate(certificate, directory.file('server-key.pem'));
  const config = directory.file('pebble.json');
  await writeFile(config, JSON.stringify(configuration(options, ports, directory.path)));

  const dnsAddress = `127.0.0.1:${dns}`;
  const dnsOptions = ['-dnsserver', dnsAddress, '-management', `127.0.0.1:${dnsManagement}`];
  const challengeServers = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', ''];
  const names = ['-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''];
  const dnsProgram = resources.use(
    await programs.start(
      'pebble-challtestsrv',
      [...dnsOptions, ...challengeServers, ...names],
      {},
      directory.path,
    ),
  );
  const mode = options.strict === false ? [] : ['-strict'];
  const program = resources.use(
    await programs.start(
      'pebble',
      ['-config', config, '-dnsserver', options.nameServer ?? dnsAddress, ...mode],
      environment(options),
      directory.path,
    ),
  );
  await Promise.all([
    untilListening(dnsProgram, dns),
    untilListening(dnsProgram, dnsManagement),
    untilListening(program, listen),
    untilListening(program, management),
  ]);
  const trust = await readFile(certificate, 'utf8');
  const answer = await requestText(`https://localhost:${listen}/dir`, { ca: trust });
  if (answer.status !== 200) throw new Error(`pebble has no directory:\n${program.output}`);
  return new Pebble({ ports, caBundle: certificate, trust, program, resources: resources.move() });
}

async function choosePorts(): Promise<Ports> {
  const [listen = 0, management = 0, http = 0, tls = 0, dns = 0, dnsManagement = 0] =
    await freePorts(6);
  return { listen, management, http, tls, dns, dnsManagement };
}

function configuration(options: PebbleOptions, ports: Ports, directory: string) {
  const { listen, management, http, tls } = ports;
  return {
    pebble: {
      listenAddress: `127.0.0.1:${listen}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: join(directory, 'server.pem'),
      privateKey: join(directory, 'server-key.pem'),
      httpPort: http,
      tlsPort: tls,
      ocspResponderURL: '',
      externalAccountBindingRequired: options.externalAccounts !== undefined,
      externalAccountMACKeys: options.externalAccounts ?? {},
      retryAfter: options.retryAfter ?? { authz: 1, order: 1 },
      keyAlgorithm: 'ecdsa',
      profiles: options.profiles ?? PROFILES,
    },
  };
}

function environment(options: PebbleOptions): NodeJS.ProcessEnv {
  const settings = {
    PEBBLE_VA_NOSLEEP: options.validationSleep === true ? undefined : 1,
    PEBBLE_WFE_NONCEREJECT: options.rejectNonces,
    PEBBLE_AUTHZREUSE: options.reuseAuthorizations,
    PEBBLE_ALTERNATE_ROOTS: options.alternateRoots,
    PEBBLE_CHAIN_LENGTH: options.chainLength,
    PEBBLE_WFE_ORDERS_PER_PAGE: options.ordersPerPage,
  };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

async function untilListening(program: RunningProgram, port: number): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    const hasFailed = /address already in use/.test(program.output);
    const hasEnded = await Promise.race([program.exited.then(() => true), wait(POLL_MS, false)]);
    if (hasFailed || hasEnded || Date.now() > giveUpAt) {
      throw new Error(`pebble did not start on port ${port}:\n${program.output}`);
    }
  }
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
