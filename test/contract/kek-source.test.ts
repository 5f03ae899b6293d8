/**
 * Every source of key-encryption keys, by its contract, and what only one of them can get wrong.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../src/core/clock.ts';
import { commandKekSource } from '../../src/keyring/command/source.ts';
import { credentialKekSource } from '../../src/keyring/credential/source.ts';
import { envKekSource } from '../../src/keyring/env/source.ts';
import { fileKekSource } from '../../src/keyring/file/source.ts';
import { describeKekSource } from '../../src/keyring/kek-source.contract.ts';
import { passphraseKekSource } from '../../src/keyring/passphrase/source.ts';
import { isRunning } from '../support/is-running.ts';
import { openTempDir } from '../support/temp-dir.ts';

const KEYS = [randomBytes(32).toString('base64url'), randomBytes(32).toString('hex')] as const;
const { signal } = new AbortController();

describeKekSource(
  'file',
  async () => {
    const directory = await openTempDir();
    const path = directory.file('keyring.json');
    const source = fileKekSource({ path });
    return {
      source,
      withPrevious: async () => {
        await source.rotation?.add(signal);
        return source;
      },
      damaged: async (content) => {
        await writeFile(path, content, { mode: 0o600 });
        return source;
      },
      empty: fileKekSource({ path: directory.file('nothing.json') }),
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
  'keyring/mismatch',
);

describeKekSource(
  'env',
  async () => {
    const old = { name: 'OLD_KEK', value: KEYS[0] };
    const source = envKekSource({ active: old, previous: [] });
    return {
      source,
      withPrevious: async () =>
        envKekSource({ active: { name: 'KEK', value: KEYS[1] }, previous: [old, old] }),
      damaged: async (value) => envKekSource({ active: { name: 'KEK', value }, previous: [] }),
      empty: envKekSource({ active: { name: 'KEK' }, previous: [] }),
      [Symbol.asyncDispose]: async () => {},
    };
  },
  'keyring/unavailable',
);

describeKekSource(
  'credential',
  async () => {
    const directory = await openTempDir();
    const write = async (name: string, content: string) => {
      await writeFile(directory.file(name), content, { mode: 0o440 });
      return { name, path: directory.file(name) };
    };
    const old = await write('old', `${KEYS[0]}\n`);
    return {
      source: credentialKekSource({ active: old, previous: [] }),
      withPrevious: async () =>
        credentialKekSource({ active: await write('new', KEYS[1]), previous: [old] }),
      damaged: async (content) =>
        credentialKekSource({ active: await write('damaged', content), previous: [] }),
      empty: credentialKekSource({ active: { name: 'kek' }, previous: [] }),
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
  'keyring/unavailable',
);

describeKekSource(
  'command',
  async () => {
    const print = (text: string) => ['/bin/echo', text] as const;
    const options = { previous: [], timeoutMs: MINUTE_MS };
    return {
      source: commandKekSource({ ...options, active: print(KEYS[0]) }),
      withPrevious: async () =>
        commandKekSource({ ...options, active: print(KEYS[1]), previous: [print(KEYS[0])] }),
      damaged: async (content) => commandKekSource({ ...options, active: print(content) }),
      empty: commandKekSource({ ...options, active: ['/nowhere/program'] }),
      [Symbol.asyncDispose]: async () => {},
    };
  },
  'keyring/unavailable',
);

describeKekSource(
  'passphrase',
  async () => {
    const directory = await openTempDir();
    const options = { previous: [], saltPath: directory.file('salt.json') };
    const source = passphraseKekSource({ ...options, active: 'correct horse battery' });
    return {
      source,
      withPrevious: async () =>
        passphraseKekSource({
          ...options,
          active: 'another staple',
          previous: ['correct horse battery'],
        }),
      // Any text is a passphrase: only its salt can be damaged.
      damaged: async (content) => {
        await writeFile(options.saltPath, content);
        return source;
      },
      empty: passphraseKekSource({
        ...options,
        active: 'correct horse battery',
        saltPath: directory.file('none'),
      }),
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  },
  'keyring/mismatch',
);

describe('keys as text', () => {
  it('are the same key in base64url, base64 and hex', async () => {
    const key = randomBytes(32);
    const ids: string[] = [];
    for (const encoding of ['base64url', 'base64', 'hex'] as const) {
      const active = { name: 'KEK', value: ` ${key.toString(encoding)}\n` };
      const [kek] = await envKekSource({ active, previous: [] }).load(signal);
      expect(Buffer.from(kek.key).equals(key)).toBe(true);
      ids.push(kek.id);
    }
    expect(new Set(ids).size).toBe(1);
  });
});

describe('a credential', () => {
  it('that every user can read is refused', async () => {
    await using directory = await openTempDir();
    const path = directory.file('kek');
    await writeFile(path, KEYS[0]);
    await chmod(path, 0o444);
    const source = credentialKekSource({ active: { name: 'kek', path }, previous: [] });
    await expect(source.load(signal)).rejects.toMatchObject({ code: 'permission/denied' });
  });
});

describe('a passphrase', () => {
  it('gives another key with another salt or another letter', async () => {
    await using directory = await openTempDir();
    const idOf = async (active: string, salt: string): Promise<string> => {
      const source = passphraseKekSource({ active, previous: [], saltPath: directory.file(salt) });
      return (await source.load(signal))[0].id;
    };
    const ids = await Promise.all([
      idOf('correct horse battery', 'a'),
      idOf('correct horse battery', 'b'),
      idOf('correct horse batterY', 'a'),
    ]);
    expect(new Set(ids).size).toBe(3);
  });

  it('is stretched at least as often as it has to be, and one salt comes of many processes', async () => {
    await using directory = await openTempDir();
    const saltPath = directory.file('salt');
    const source = passphraseKekSource({ active: 'correct horse battery', previous: [], saltPath });
    const loaded = await Promise.all([1, 2, 3].map(() => source.load(signal)));
    expect(new Set(loaded.map(([{ id }]) => id)).size).toBe(1);
    const content = await readFile(saltPath, 'utf8');
    expect(JSON.parse(content)).toMatchObject({ iterations: 600_000 });
    await writeFile(saltPath, content.replace('600000', '1000'));
    await expect(source.load(signal)).rejects.toMatchObject({ code: 'keyring/corrupt' });
  });
});

describe('a command', () => {
  const run = (script: string, timeoutMs = MINUTE_MS, stop = signal) =>
    commandKekSource({ active: ['/bin/sh', '-c', script], previous: [], timeoutMs }).load(stop);

  it('that hangs is killed with all it has started, with one clear error', async () => {
    await using directory = await openTempDir();
    const pids = directory.file('pids');
    const begin = performance.now();
    const script = `sleep 600 & echo $! $$ > ${pids}; wait`;
    await expect(run(script, 500)).rejects.toMatchObject({
      code: 'keyring/unavailable',
      message: expect.stringContaining('did not end within 500 ms'),
    });
    expect(performance.now() - begin).toBeLessThan(5000);
    for (const pid of (await readFile(pids, 'utf8')).trim().split(' ')) {
      await expect.poll(() => isRunning(Number(pid))).toBe(false);
    }
  });

  it('that prints without end is stopped', async () => {
    await expect(run('while :; do echo secretsecretsecret; done')).rejects.toMatchObject({
      code: 'keyring/unavailable',
      message: expect.stringMatching(/printed more than 4096 bytes$/),
    });
  });

  it.each([
    ['exit 3', 'ended with 3'],
    ['kill -9 $$', 'ended by SIGKILL'],
    [`echo ${KEYS[0]}; exit 1`, 'ended with 1'],
  ])('that fails is reported without what it printed: %s', async (script, words) => {
    await expect(run(script)).rejects.toMatchObject({
      code: 'keyring/unavailable',
      message: `cannot get the key-encryption key: the command /bin/sh ${words}`,
    });
  });

  it('that leaves a process behind gives its key, and the process ends', async () => {
    await using directory = await openTempDir();
    const pid = directory.file('pid');
    const keks = await run(`sleep 600 & echo $! > ${pid}; echo ${KEYS[0]}`);
    expect(keks).toHaveLength(1);
    const left = Number(await readFile(pid, 'utf8'));
    await expect.poll(() => isRunning(left)).toBe(false);
  });

  it('is killed on an abort', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const loading = run('sleep 600', MINUTE_MS, stop.signal);
    setTimeout(() => stop.abort(reason), 100);
    await expect(loading).rejects.toBe(reason);
  });
});
