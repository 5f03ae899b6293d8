/**
 * The daemon elsewhere that a command is for, as options and environment name it.
 *
 * @module
 */
import type { Operations } from '../api/operations.ts';
import type { Environment } from '../config/environment.ts';
import { AppError } from '../core/errors.ts';

export interface RemoteOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly serverCaBundle?: string;
}

const LONGEST_TOKEN = 1_024;

/** `undefined` where the command is for the daemon of this machine. */
export function serverOf(common: RemoteOptions, environment: Environment): string | undefined {
  return common.server ?? environment.server;
}

/** @throws `usage/invalid`, `file/unreadable`, `input/invalid`. */
export async function connectTo(
  server: string,
  common: RemoteOptions,
  environment: Environment,
): Promise<Operations> {
  const { connectRemote } = await import('../api/client.ts');
  const { loadCaBundle } = await import('../config/load-ca-bundle.ts');
  const bundle = common.serverCaBundle ?? environment.serverCaBundle;
  return connectRemote({
    server: parseServer(server),
    token: await readToken(common.tokenFile ?? environment.tokenFile),
    caPem: bundle === undefined ? undefined : loadCaBundle(bundle),
  });
}

function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '';
  if (url?.protocol === 'https:' && isPlain && url.pathname === '/') return url;
  throw new AppError('usage/invalid', `--server "${text}" is not the URL of an API`, {
    mend: 'Write e.g. https://certctl.example.com:9443',
  });
}

async function readToken(path: string | undefined): Promise<string> {
  if (path === undefined) {
    throw new AppError('usage/invalid', 'a daemon elsewhere wants a token', {
      mend: 'Name the file that has it with --token-file or $CERTCTL_TOKEN_FILE.',
    });
  }
  const { readTextFile } = await import('../config/read-text-file.ts');
  const token = readTextFile(path, LONGEST_TOKEN).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new AppError('input/invalid', `${path} has no token`, {
    mend: 'Write what `certctl token create` printed into the file, and nothing else.',
  });
}
