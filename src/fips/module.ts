/**
 * The file of a FIPS provider: where it lies, what it says of itself, its integrity value.
 *
 * @module
 */
import { createHmac } from 'node:crypto';
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import type { FipsSettings } from './settings.ts';

export interface FipsModule {
  readonly path: string;
  /** As OpenSSL writes it: bytes in hexadecimal, with colons. */
  readonly mac: string;
  /** Absent when the file names no provider, or several. */
  readonly name?: string;
  /** The provider's own, which is not that of the library that loads it. */
  readonly version?: string;
}

const FILE = 'fips.so';
const MOST_BYTES = 64 * 1024 * 1024;

/** Debian's folders first, then those of other distributions, then OpenSSL's own installation. */
const FOLDERS = [
  ...(process.arch === 'x64' ? ['/usr/lib/x86_64-linux-gnu/ossl-modules'] : []),
  ...(process.arch === 'arm64' ? ['/usr/lib/aarch64-linux-gnu/ossl-modules'] : []),
  '/usr/lib64/ossl-modules',
  '/usr/lib/ossl-modules',
  '/usr/local/lib64/ossl-modules',
  '/usr/local/lib/ossl-modules',
  '/usr/local/ssl/lib64/ossl-modules',
  '/usr/local/ssl/lib/ossl-modules',
];

/** @throws `fips/unavailable` when there is none, or it cannot be read. */
export async function findModule(settings: FipsSettings): Promise<FipsModule> {
  if (settings.module !== undefined) return readModule(settings.module);
  const folders = [
    ...(settings.modulesDirectory === undefined ? [] : [settings.modulesDirectory]),
    ...FOLDERS,
  ];
  for (const folder of folders) {
    const path = join(folder, FILE);
    if (await exists(path)) return readModule(path);
  }
  throw new AppError('fips/unavailable', `looking for a FIPS provider: no ${FILE} was found`, {
    mend:
      'Install one (Debian: openssl-provider-fips), or name its file: ' +
      'tls: { fips: { module: /path/fips.so } }.',
    context: { folders },
  });
}

export async function readModule(path: string): Promise<FipsModule> {
  const bytes = await read(path);
  return { path, mac: macOf(bytes), ...identityOf(bytes) };
}

/**
 * The value that `openssl fipsinstall` records and that the provider checks when it is loaded. Its
 * key is public (`FIPS_KEY_STRING` of OpenSSL): it tells a file that changed, not who made it.
 */
function macOf(bytes: Uint8Array): string {
  const digest = createHmac('sha256', Buffer.from(INTEGRITY_KEY, 'hex')).update(bytes).digest();
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}

const INTEGRITY_KEY = 'f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813';

/** Node has no call that asks a provider for its name and version, so they are read from its text. */
function identityOf(bytes: Buffer): Pick<FipsModule, 'name' | 'version'> {
  const texts = bytes.toString('latin1').match(/(?<=\0)[\x20-\x7e]{5,80}(?=\0)/g) ?? [];
  const name = onlyOne(texts.filter((text) => NAME.test(text)));
  const version = onlyOne(texts.filter((text) => VERSION.test(text)));
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
}

const NAME = /^(?:[\w .-]+ )?OpenSSL (?:FIPS|Cryptographic) (?:Provider|Module)$/;
const VERSION = /^3\.\d{1,2}\.\d{1,2}(?:[-+.][\w.+~-]{1,40})?$/;

function onlyOne(found: readonly string[]): string | undefined {
  const [only, ...others] = new Set(found);
  return others.length === 0 ? only : undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
    return await file.readFile();
  } catch (cause) {
    throw new AppError('fips/unavailable', `reading the FIPS provider ${path}`, {
      mend: 'Name a file that is there and readable as tls.fips.module, or install the provider.',
      context: { path },
      cause,
    });
  }
}
