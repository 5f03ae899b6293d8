import { closeSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { systemCode } from '../../src/core/errors.ts';
import { runCertctl } from '../support/certctl.ts';
import type { Endpoint } from '../support/fault-proxy.ts';
import { type MountedDisk, canMountDisks, openMountedDisk } from '../support/mounted-disk.ts';
import { expectGoesOn, openScene } from './crash.ts';

const DISK_KIB = 4_096;
const FILLER = 'filler';

const scene = await openScene('http-01');
afterAll(() => scene[Symbol.asyncDispose]());

describe.skipIf(!canMountDisks())('a disk that becomes full', () => {
  it.each<[Endpoint]>([
    ['directory'],
    ['newAccount'],
    // The answer names an order that cannot be written down any more.
    ['newOrder'],
    ['authorization'],
    ['finalize'],
    ['certificate'],
  ])('during the request to %s is named, and the order gone on with', async (endpoint) => {
    await using disk = await openMountedDisk(DISK_KIB);
    await using place = await scene.openPlace(disk);
    let isFull = false;
    scene.proxy.spoil((request) => {
      if (request.endpoint === endpoint && !isFull) {
        fill(disk);
        isFull = true;
      }
      return undefined;
    });
    const first = await place.issue();
    expect(first, first.stderr).toMatchObject({ status: 73 });
    expect(first.stderr).toContain('disk is full');
    rmSync(disk.file(FILLER));
    await expectGoesOn(scene, place);
  });

  it('is what doctor finds, beside all that it finds otherwise', async () => {
    await using disk = await openMountedDisk(DISK_KIB);
    const dataDir = ['--data-dir', disk.path];
    const issued = await runCertctl(['issue', 'a.internal', '--issuer', 'internal', ...dataDir]);
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    fill(disk);
    // Enough to open the database, too little to write to it.
    truncateSync(disk.file(FILLER), statSync(disk.file(FILLER)).size - 36 * 1_024);
    const { stdout } = await runCertctl(['doctor', ...dataDir]);
    expect(stdout).toMatch(/^failure +free-space /m);
    expect(stdout).toMatch(/^ok +database /m);
  });
});

function fill(disk: MountedDisk): void {
  const file = openSync(disk.file(FILLER), 'w');
  try {
    for (const size of [65_536, 4_096]) fillBy(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function fillBy(file: number, block: Buffer): void {
  for (;;) {
    try {
      if (writeSync(file, block) < block.length) return;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOSPC') return;
      throw thrown;
    }
  }
}
