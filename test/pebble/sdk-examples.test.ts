/**
 * The examples of the library as users run them, against a CA.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { Pebble } from '../support/pebble.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { ROOT } from '../support/source-files.ts';
import { openTempDir } from '../support/temp-dir.ts';

describe('the example', () => {
  it.each([
    ['https', /^hello\n1\.1$/],
    ['express', /^hello from express\n1\.1$/],
    ['fastify', /^hello from fastify\n2$/],
    ['http-01', /^hello\n1\.1$/],
    ['terminator', /^hello, \S*127\.0\.0\.1\n2$/],
  ])('%s obtains its certificate and serves with it', async (example, answer) => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    // The CA has its own port for tls-alpn-01, where the terminator and the servers have to be.
    const port = example === 'http-01' ? await freePort() : ca.tlsPort;
    const env = {
      ...process.env,
      NAME: 'app.example.com',
      PORT: String(port),
      HTTP_PORT: String(ca.httpPort),
      DATA_DIR: dir.file('data'),
      DIRECTORY: ca.directoryUrl,
      CA_BUNDLE: ca.caBundle,
      UPSTREAM_PORT: String(await freePort()),
    };
    const args = ['--conditions=source', `examples/sdk/${example}.ts`];
    await using program = await startProgram(process.execPath, args, { cwd: ROOT, env });
    await program.waitForLine(/^https:\/\/app\.example\.com/m, 60_000);
    await writeFile(dir.file('roots.pem'), (await ca.roots()).join(''));
    const { stdout, stderr } = await runProgram('curl', [
      '-sS',
      '--cacert',
      dir.file('roots.pem'),
      '-w',
      '%{http_version}',
      '--resolve',
      `app.example.com:${port}:127.0.0.1`,
      `https://app.example.com:${port}/`,
    ]);
    expect(stdout, stderr).toMatch(answer);
    program.kill('SIGTERM');
    expect(await program.exited).toMatchObject({ status: 0 });
  });
});
