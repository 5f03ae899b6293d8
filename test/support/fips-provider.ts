/**
 * Finds a FIPS provider of OpenSSL for tests: in the cache, or from Debian.
 *
 * @module
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackDebianPackage } from './debian-package.ts';
import { openLock } from './lock-directory.ts';

/** The file of the provider, or why it cannot be had here. */
export type FoundProvider = { readonly path: string } | { readonly reason: string };

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const TARGET = join(CACHE, 'fips');
const FOLDERS: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};
const LONGEST_DOWNLOAD_MS = 10 * 60_000;

export async function findFipsProvider(): Promise<FoundProvider> {
  const folder = FOLDERS[process.arch];
  if (process.platform !== 'linux' || folder === undefined) {
    return { reason: 'Debian has no provider for this machine' };
  }
  const path = join(TARGET, 'usr/lib', folder, 'ossl-modules/fips.so');
  if (await exists(path)) return { path };
  await using stack = new AsyncDisposableStack();
  stack.use(await openLock(join(CACHE, 'fips.lock'), LONGEST_DOWNLOAD_MS));
  // Another process may have filled the cache while this one waited.
  if (await exists(path)) return { path };
  const wanted = { name: 'openssl-provider-fips', suite: 'trixie' } as const;
  const reason = await unpackDebianPackage(wanted, TARGET, join(CACHE, 'fips.download'));
  return reason === undefined ? { path } : { reason };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
