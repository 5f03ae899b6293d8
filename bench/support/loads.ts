/**
 * The clients that put load on a server, each on the clients' core, and how much they got done.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { findDebianProgram, type PeerProgram } from '../../test/support/debian-program.ts';
import { type RunningProgram, runProgram, startProgram } from '../../test/support/program.ts';
import { type Command, onClientCore } from './processes.ts';

const BENCH_CLIENT = fileURLToPath(new URL('bench-client.ts', import.meta.url));
const UPSTREAM = fileURLToPath(new URL('bench-upstream.ts', import.meta.url));
const TIMEOUT_MS = 60_000;

export interface Loads {
  /** Each returns how many there were. */
  keepAlive(port: number, seconds: number): Promise<number>;
  fullHandshakes(port: number, seconds: number): Promise<number>;
  resumedHandshakes(port: number, seconds: number): Promise<number>;
  http2(port: number, requests: number): Promise<number>;
  /** Returns gigabytes (10^9). */
  bulk(port: number, mebibytes: number): Promise<number>;
}

export async function findLoads(): Promise<Loads> {
  const wrk = have(await findDebianProgram('wrk'));
  const h2load = have(await findDebianProgram('nghttp2-client', { program: 'h2load' }));
  const runWrk = async (port: number, seconds: number, header: string): Promise<number> => {
    const shape = ['-t1', `-c${WRK_CONNECTIONS}`, `-d${seconds}s`, '-H', header];
    const output = await run([wrk.file, ...shape, urlOf(port)], wrk);
    if (/Non-2xx/.test(output)) throw new Error(output);
    return count(/(\d+) requests in/, output);
  };
  return {
    keepAlive: (port, seconds) => runWrk(port, seconds, 'Accept: */*'),
    fullHandshakes: (port, seconds) => runWrk(port, seconds, 'Connection: close'),
    resumedHandshakes: async (port, seconds) => {
      const output = await run(ownClient('resume', port, seconds));
      const { resumed, full } = JSON.parse(output) as { resumed: number; full: number };
      if (full > 0) throw new Error(`${full} of ${full + resumed} handshakes were full ones`);
      return resumed;
    },
    http2: async (port, requests) => {
      const target = ['--connect-to', `127.0.0.1:${port}`, 'https://localhost/'];
      const shape = ['-c8', '-m16', '-n', String(requests)];
      return count(/ (\d+) succeeded/, await run([h2load.file, ...shape, ...target], h2load));
    },
    bulk: async (port, mebibytes) => {
      const options = ['-sSk', '--http1.1', '-o', '/dev/null', '-w', '%{size_download}'];
      const output = await run(['curl', ...options, `${urlOf(port)}${mebibytes}`]);
      return Number(output) / 1e9;
    },
  };
}

const WRK_CONNECTIONS = 32;

/** Opens `connections`; they are closed when the program is stopped. */
export async function openIdle(port: number, connections: number): Promise<RunningProgram> {
  const program = await start(ownClient('idle', port, connections));
  await program.waitForLine(/^open/, TIMEOUT_MS);
  return program;
}

export async function startUpstream(): Promise<RunningProgram & { readonly port: number }> {
  const program = await start([process.execPath, UPSTREAM]);
  const line = await program.waitForLine(/^port \d+/);
  return Object.assign(program, { port: Number(line.slice('port '.length)) });
}

function ownClient(what: string, port: number, amount: number): Command {
  return [process.execPath, BENCH_CLIENT, what, String(port), String(amount)];
}

function urlOf(port: number): string {
  return `https://localhost:${port}/`;
}

async function start(command: Command): Promise<RunningProgram> {
  const [file, ...args] = onClientCore(command);
  return await startProgram(file, args);
}

async function run(
  command: Command,
  { options }: Pick<PeerProgram, 'options'> = { options: {} },
): Promise<string> {
  const [file, ...args] = onClientCore(command);
  const result = await runProgram(file, args, { ...options, timeoutMs: TIMEOUT_MS });
  if (result.status === 0) return result.stdout;
  throw new Error(`${command.join(' ')} failed: ${result.stderr}${result.stdout}`);
}

function count(pattern: RegExp, output: string): number {
  const found = Number(pattern.exec(output)?.[1]);
  if (found > 0) return found;
  throw new Error(`a client got nothing done:\n${output}`);
}

function have(found: PeerProgram | string): PeerProgram {
  if (typeof found === 'string') throw new Error(found);
  return found;
}
