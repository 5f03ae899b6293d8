/**
 * Several processes on one store, each looking after all certificates.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { newCertificate } from '../../src/lifecycle/issue.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { specFor } from '../support/lifecycle.ts';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';

const PROGRAM = fileURLToPath(new URL('../support/lifecycle-process.ts', import.meta.url));
const CHANGER = fileURLToPath(new URL('../support/certificate-changer.ts', import.meta.url));
const CERTIFICATES = 40;

interface Step {
  readonly pid: string;
  readonly step: string;
  readonly name: string;
}

async function readSteps(path: string): Promise<Step[]> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const [pid = '', step = '', name = ''] = line.split(' ');
    return { pid, step, name };
  });
}

describe('four processes on one store', () => {
  it('never work on the same certificate, and take over from one that is killed', async () => {
    await using directory = await openTempDir();
    const store = await openSqliteStore({ path: directory.file('certctl.db') });
    for (let index = 0; index < CERTIFICATES; index += 1) {
      const spec = specFor([`h${index}.example.com`], { issuers: ['ca'] });
      await store.certificates.insert(newCertificate(new Date(), spec, 'added'));
    }
    const start = (...mode: string[]): Promise<RunningProgram> =>
      startProgram(process.execPath, [PROGRAM, directory.path, ...mode]);

    await using victim = await start('hang');
    await using first = await start();
    await using second = await start();
    await using third = await start();
    const others = [first, second, third];
    for (const program of [victim, ...others]) await program.waitForLine(/ready/);
    await writeFile(directory.file('go'), '');
    await victim.waitForLine(/hanging/);
    victim.kill('SIGKILL');
    for (const other of others) expect(await other.exited).toMatchObject({ status: 0, stderr: '' });

    const steps = await readSteps(directory.file('ca'));
    const listed = await store.certificates.list({ limit: 100 });
    expect(listed).toHaveLength(CERTIFICATES);
    for (const { certificate } of listed) {
      const own = steps.filter(({ name }) => name === certificate.spec.names[0]);
      // One order however many hands it went through, and nobody begins before the other has ended.
      expect(own.filter(({ step }) => step === 'order')).toHaveLength(1);
      const ofLiving = own.filter(
        ({ pid, step }) => step !== 'order' && pid !== String(victim.pid),
      );
      expect(ofLiving.map(({ step }) => step)).toEqual(['sign', 'end']);
      expect(await store.issuances.ofCertificate(certificate.id)).toHaveLength(1);
    }
    const taken = steps.filter(({ pid, step }) => step === 'sign' && pid === String(victim.pid));
    expect(taken.length).toBeGreaterThan(0);
    expect(new Set(steps.map(({ pid }) => pid)).size).toBeGreaterThan(2);
    expect(await store.orders.unfinished()).toEqual([]);
    await store.close();
  });
});

describe('two processes that have seen the same certificates', () => {
  it.each(['claim', 'remove'])('never both get one: %s', async (mode) => {
    await using directory = await openTempDir();
    const store = await openSqliteStore({ path: directory.file('certctl.db') });
    const names = Array.from({ length: 200 }, (_, index) => `h${index}.example.com`);
    for (const name of names) {
      await store.certificates.insert(newCertificate(new Date(), specFor([name]), 'added'));
    }
    await using first = await startProgram(process.execPath, [CHANGER, directory.path, mode]);
    await using second = await startProgram(process.execPath, [CHANGER, directory.path, mode]);
    for (const program of [first, second]) await program.waitForLine(/ready/);
    await writeFile(directory.file('go'), '');
    const got: string[][] = [];
    for (const { exited } of [first, second]) {
      const { stdout, stderr, status } = await exited;
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      got.push(Array.from(stdout.matchAll(/^got (.+)$/gm), ([, name = '']) => name));
    }
    expect(got.flat().toSorted()).toEqual(names.toSorted());
    // They did race: each was faster now and then.
    for (const each of got) expect(each).not.toEqual([]);
    const left = await store.certificates.list({ limit: 1_000 });
    const revisions = new Set(left.map(({ certificate }) => certificate.revision));
    expect([...revisions]).toEqual(mode === 'claim' ? [2] : []);
    await store.close();
  });
});
