/**
 * A small disk of its own, where the user may mount one.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TempDir, openTempDir } from './temp-dir.ts';

export interface MountedDisk extends AsyncDisposable {
  readonly path: string;
  /** The path of `name` on the disk. */
  file(name: string): string;
  makeReadOnly(): void;
}

/** True where `openMountedDisk` works: for root outside of restricted containers. */
export function canMountDisks(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'certctl-mount-'));
  try {
    mount(path, 16);
    unmount(path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { recursive: true });
  }
}

export async function openMountedDisk(kibibytes: number): Promise<MountedDisk> {
  const directory: TempDir = await openTempDir();
  const path = directory.file('disk');
  mkdirSync(path);
  mount(path, kibibytes);
  return {
    path,
    file: (name) => join(path, name),
    makeReadOnly: () => {
      execFileSync('mount', ['-o', 'remount,ro', path], { stdio: 'pipe' });
    },
    [Symbol.asyncDispose]: async () => {
      unmount(path);
      await directory[Symbol.asyncDispose]();
    },
  };
}

function mount(path: string, kibibytes: number): void {
  const options = `size=${kibibytes}k,mode=0700`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
}

function unmount(path: string): void {
  execFileSync('umount', [path], { stdio: 'pipe' });
}
