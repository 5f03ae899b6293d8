import { readFile, rename, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { SILENT } from '../../test/support/terminator.ts';
import { connectionLine, requestLine } from './access-line.ts';
import { AccessLog } from './access-log.ts';
import type { Answered, Visit } from './visit.ts';

const settings = { sample: 1, query: false };

describe('the access log', () => {
  it('writes nothing where none is wanted', () => {
    expect(new AccessLog(SILENT).wants(true)).toBe(false);
  });

  it('takes a part of what goes well, and all that fails', async () => {
    await using directory = await openTempDir();
    const chances = [0.05, 0.1, 0.9];
    const log = new AccessLog(SILENT, () => chances.shift() ?? 1);
    await log.configure({ ...settings, path: directory.file('a'), sample: 0.1 });
    expect([1, 2, 3].map(() => log.wants(false))).toEqual([true, false, false]);
    expect(log.wants(true)).toBe(true);
    await log.close();
  });

  it('goes on in a new file when the old one was moved away, without loss', async () => {
    await using directory = await openTempDir();
    const path = directory.file('access.log');
    const log = new AccessLog(SILENT);
    await log.configure({ ...settings, path });
    log.write('1\n');
    await rename(path, `${path}.1`);
    await log.configure({ ...settings, path });
    log.write('2\n');
    await log.close();
    expect(await readFile(`${path}.1`, 'utf8')).toBe('1\n');
    expect(await readFile(path, 'utf8')).toBe('2\n');
    expect((await stat(path)).mode & 0o137).toBe(0);
  });

  it('keeps the old file when the new one cannot be opened', async () => {
    await using directory = await openTempDir();
    const path = directory.file('access.log');
    const log = new AccessLog(SILENT);
    await log.configure({ ...settings, path });
    await expect(log.configure({ ...settings, path: directory.file('no/x') })).rejects.toThrow(
      'ENOENT',
    );
    log.write('1\n');
    await log.close();
    expect(await readFile(path, 'utf8')).toBe('1\n');
  });

  it('never tears lines of several writers', async () => {
    await using directory = await openTempDir();
    const path = directory.file('access.log');
    const logs = [new AccessLog(SILENT), new AccessLog(SILENT), new AccessLog(SILENT)];
    for (const log of logs) await log.configure({ ...settings, path });
    for (let line = 0; line < 3_000; line += 1) {
      for (const [index, log] of logs.entries()) log.write(`${String(index).repeat(400)}\n`);
    }
    await Promise.all(logs.map((log) => log.close()));
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(9_000);
    expect(new Set(lines)).toEqual(new Set(['0', '1', '2'].map((digit) => digit.repeat(400))));
  });

  it('counts what it has no room for', async () => {
    await using directory = await openTempDir();
    const log = new AccessLog(SILENT);
    await log.configure({ ...settings, path: directory.file('a') });
    for (let line = 0; line < 6; line += 1) log.write(`${'x'.repeat(1024 * 1024 - 1)}\n`);
    expect(log.dropped).toBe(2);
    await log.close();
  });
});

const client = {
  clientAddress: '192.0.2.1',
  clientPort: 1,
  localAddress: '192.0.2.2',
  localPort: 443,
};
const tally = { endpoint: 'a.example.com', row: new Float64Array(), open: 0 };
const visit: Visit = {
  client,
  listener: ':443',
  protocol: 'tls',
  startedAt: 0,
  tally,
  hasRequests: false,
};
const request: Answered = {
  connection: { visit, tally },
  method: 'GET',
  path: '/a?token=secret',
  authority: 'a.example.com',
  version: '2',
  status: 200,
  bytesOut: 5,
  isComplete: true,
  headers: [],
  origin: { clientAddress: '192.0.2.1', scheme: 'https', proxies: [] },
};
const now = new Date('2026-01-01T00:00:01Z');

describe('a line', () => {
  it('of a connection says where it came from and went to', () => {
    const line = connectionLine(
      { ...visit, refusal: 'unknown-name', serverName: 'x.example' },
      {
        milliseconds: 500,
        now,
        bytesIn: 1,
        bytesOut: 2,
      },
    );
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-01T00:00:00.500Z',
      type: 'connection',
      client: '192.0.2.1',
      port: 1,
      listener: ':443',
      endpoint: 'a.example.com',
      serverName: 'x.example',
      refused: 'unknown-name',
      durationMs: 500,
      bytesIn: 1,
      bytesOut: 2,
    });
  });

  it('of a request has its query only where that is wanted', () => {
    expect(requestLine(request, 1, now, false)).not.toContain('token');
    expect(JSON.parse(requestLine(request, 1, now, true))).toMatchObject({ path: request.path });
  });

  it('of a request through a proxy that is believed has the client and the proxy', () => {
    const origin = { ...request.origin, clientAddress: '203.0.113.9', proxies: ['192.0.2.1'] };
    const line: unknown = JSON.parse(requestLine({ ...request, origin }, 1, now, true));
    expect(line).toMatchObject({ client: '203.0.113.9', proxy: '192.0.2.1' });
    expect(line).not.toHaveProperty('port');
  });

  it('is ASCII, and fits into what a pipe takes whole', () => {
    for (const character of ['"', '\\', '\u0000', '\n', '\u{1f600}', 'é']) {
      const long = character.repeat(10_000);
      const facts = {
        version: '1.3',
        cipher: 'TLS_AES_128_GCM_SHA256',
        group: 'SecP384r1MLKEM1024',
        protocol: 'http/1.1',
        isResumed: false,
      } as const;
      const hostile: Answered = {
        ...request,
        connection: {
          visit: { ...visit, serverName: 'x'.repeat(253), tls: facts },
          tally: { ...tally, endpoint: 'x'.repeat(253) },
        },
        method: long,
        path: long,
        authority: long,
        headers: ['User-Agent', long],
      };
      const line = requestLine(hostile, 1, now, true);
      expect(line).toMatch(/^[\x20-\x7e]+\n$/);
      expect(line.length).toBeLessThan(4_096);
    }
  });
});
