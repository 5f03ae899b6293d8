/**
 * FIPS mode with a real provider: Debian's, the CA Pebble, and clients of other make.
 *
 * @module
 */
import { once } from 'node:events';
import { appendFile, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { childrenOf, startDaemon } from '../support/daemon.ts';
import { findFipsProvider } from '../support/fips-provider.ts';
import { freePort } from '../support/free-port.ts';
import { openssl, verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { runProgram } from '../support/program.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';
import { startTerminator } from '../support/terminator.ts';
import { startHttp } from '../support/upstreams.ts';

const found = await findFipsProvider();
const provider = 'path' in found ? found.path : '';
const reason = 'path' in found ? '' : ` (no provider: ${found.reason})`;

const SOON = { timeout: 30_000, interval: 100 };
/** Each process begins with the self-tests of the provider. */
const START_MS = 40_000;
const HOST = 'app.example.com';
/** `SSL_OP_NO_EXTENDED_MASTER_SECRET`. */
const WITHOUT_EXTENDED_MASTER_SECRET = 1;

const FIPS = `tls: { fips: { module: ${JSON.stringify(provider)} } }\n`;

interface Listed {
  readonly names: string[];
  readonly status: string;
}

async function writeConfig(dir: TempDir, text: string): Promise<string> {
  const path = dir.file('certctl.yaml');
  await writeFile(
    path,
    `dataDir: ${dir.file('data')}\ndefaults: { issuer: internal }\nlisteners: []\n${text}`,
  );
  return path;
}

/** What a client of this process, which is in no such mode, agrees on; or its error's code. */
async function agreedOn(port: number, options: ConnectionOptions) {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: HOST,
    rejectUnauthorized: false,
    ...options,
  });
  try {
    await once(socket, 'secureConnect');
    const cipher = socket.getCipher().standardName;
    return { version: socket.getProtocol(), cipher };
  } catch (thrown) {
    return (thrown as { readonly code?: string }).code;
  } finally {
    socket.destroy();
  }
}

it('keeps a process from serving that is not in FIPS mode', async () => {
  await using running = await startTerminator();
  const { settings, terminator } = running;
  await expect(terminator.configure({ ...settings, isFips: true })).rejects.toMatchObject({
    code: 'fips/unavailable',
    message: expect.stringContaining('MD5 is not refused') as string,
  });
});

describe.skipIf(provider === '')(`FIPS mode${reason}`, () => {
  it('obtains certificates with ECDSA and RSA keys from a CA', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(
      dir,
      ca,
      `${FIPS}keyring: { source: passphrase, passphrase: correct horse battery staple }\n`,
      { accountKeyType: 'rsa2048' },
    );
    const roots = (await ca.roots()).join('');
    for (const keyType of ['ec256', 'ec384', 'rsa2048']) {
      const name = `${keyType}.example.com`;
      const issued = await runCertctl(
        ['issue', name, '--config', config, '--key-type', keyType, '--challenge', 'http-01'].concat(
          '--http01-port',
          String(ca.httpPort),
        ),
        { timeoutMs: 60_000 },
      );
      expect(issued, issued.stderr).toMatchObject({ status: 0 });
      const exported = await runCertctl(['export', name, '--config', config]);
      await verifyChain(exported.stdout, roots);
    }
    const renewed = await runCertctl(['renew', '--all', '--config', config], { timeoutMs: 90_000 });
    expect(renewed, renewed.stderr).toMatchObject({ status: 0 });
  });

  it('serves what is approved, in every process, and refuses the rest', async () => {
    await using dir = await openTempDir();
    await using upstream = await startHttp((request, response) =>
      response.end(`${request.httpVersion} ${request.url}`),
    );
    const port = await freePort();
    const config = dir.file('certctl.yaml');
    await writeFile(
      config,
      `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
listeners: [{ address: "127.0.0.1:${port}" }]
workers: 2
${FIPS}endpoints:
  - { host: ${HOST}, protocol: https, upstream: "http://127.0.0.1:${upstream.port}", tls: { fips: true } }
`,
    );
    await using daemon = await startDaemon(config, START_MS);
    const workers = await childrenOf(daemon.program.pid);
    expect(workers).toHaveLength(2);
    for (const pid of [daemon.program.pid, ...workers]) {
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('\0--force-fips\0');
      expect(await readFile(`/proc/${pid}/maps`, 'utf8')).toContain(provider);
    }
    await expect
      .poll(() => daemon.json<Listed[]>('list'), SOON)
      .toMatchObject([{ names: [HOST], status: 'valid' }]);

    for (const version of ['--http1.1', '--http2']) {
      const at = `${HOST}:${port}`;
      const { stdout, stderr } = await runProgram('curl', [
        '-sSk',
        version,
        '--resolve',
        `${at}:127.0.0.1`,
        `https://${at}/x`,
      ]);
      expect(stdout, stderr).toBe('1.1 /x');
    }

    const tls12 = { maxVersion: 'TLSv1.2' } as const;
    const tls13 = { minVersion: 'TLSv1.3' } as const;
    const served: [ConnectionOptions, object][] = [
      [tls13, { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' }],
      [{ ...tls13, ecdhCurve: 'X25519MLKEM768' }, { version: 'TLSv1.3' }],
      [{ ...tls13, ecdhCurve: 'P-384' }, { version: 'TLSv1.3' }],
      [tls12, { version: 'TLSv1.2', cipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' }],
    ];
    for (const [options, expected] of served) {
      expect(await agreedOn(port, options), JSON.stringify(options)).toMatchObject(expected);
    }
    const refused: ConnectionOptions[] = [
      { ...tls13, ecdhCurve: 'X25519' },
      { ...tls13, ciphers: 'TLS_CHACHA20_POLY1305_SHA256' },
      { ...tls12, ecdhCurve: 'X25519' },
      { ...tls12, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
      { ...tls12, ciphers: 'ECDHE-ECDSA-AES128-SHA256' },
      { ...tls12, secureOptions: WITHOUT_EXTENDED_MASTER_SECRET },
    ];
    for (const options of refused) {
      expect(await agreedOn(port, options), JSON.stringify(options)).toMatch(/^ERR_SSL_/);
    }

    const shown = await openssl([
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-servername',
      HOST,
      '-tls1_2',
    ]);
    expect(shown).toMatch(/Extended master secret: yes/);

    // Leaving the mode takes a restart.
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replace(FIPS, '').replace('fips: true', ''),
    );
    daemon.program.kill('SIGHUP');
    const line = await daemon.program.waitForLine(/configuration refused/);
    expect(line).toContain('tls.fips cannot change while the daemon runs');
  });

  it('says which provider is loaded, and claims no validation for it', async () => {
    await using dir = await openTempDir();
    const config = await writeConfig(dir, FIPS);
    const told = await runCertctl(['doctor', '--fips', '--json', '--config', config]);
    expect(told, told.stderr).toMatchObject({ status: 0 });
    expect(JSON.parse(told.stdout)).toEqual({
      isRequired: true,
      provider: {
        path: provider,
        name: 'OpenSSL FIPS Provider',
        version: expect.stringMatching(/^3\.5\.\d+$/) as string,
      },
      abilities: { demandsExtendedMasterSecret: true, hasMlKem: true },
      validation: null,
    });
    // It looks, and makes nothing.
    await expect(stat(dir.file('data'))).rejects.toMatchObject({ code: 'ENOENT' });

    const text = await runCertctl(['doctor', '--fips', '--config', config]);
    expect(text.stdout).toMatch(/OpenSSL FIPS Provider 3\.5\.\d+ is loaded: MD5 is refused/);
    expect(text.stdout).toMatch(/knows no CMVP certificate for version 3\.5\.\d+/);
  });

  it('records the integrity value that openssl computes, for its owner alone', async () => {
    await using dir = await openTempDir();
    const config = await writeConfig(dir, FIPS);
    expect(await runCertctl(['list', '--config', config])).toMatchObject({ status: 0 });
    const path = dir.file('data/fips-openssl.cnf');
    expect((await stat(path)).mode & 0o777).toBe(0o600);

    const written = dir.file('fipsmodule.cnf');
    await openssl(['fipsinstall', '-quiet', '-module', provider, '-out', written]);
    const macOf = async (file: string) =>
      /^module-mac = (.+)$/m.exec(await readFile(file, 'utf8'))?.[1];
    expect(await macOf(path)).toBe(await macOf(written));

    // What the operator's own installation wrote is taken as well.
    const given = `tls: { fips: { module: ${provider}, config: fipsmodule.cnf } }\n`;
    const second = await writeConfig(dir, given);
    expect(await runCertctl(['list', '--config', second])).toMatchObject({ status: 0 });
    expect(await readFile(path, 'utf8')).toContain('install-status = INSTALL_SELF_TEST_KATS_RUN');
  });

  it('does not start with a provider that changed since, is none, or is not there', async () => {
    await using dir = await openTempDir();
    const module = dir.file('fips.so');
    const config = await writeConfig(dir, `tls: { fips: { module: ${module} } }\n`);
    const serve = (): Promise<unknown> =>
      runCertctl(['serve', '--config', config], { timeoutMs: START_MS });

    expect(await serve()).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(
        /error: reading the FIPS provider \S+fips\.so\n {2}cause: ENOENT[^]*\n {2}mend: Name a file/,
      ) as string,
    });

    await writeFile(module, 'nothing of the kind');
    expect(await serve()).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(
        /error: loading the FIPS provider \S+fips\.so\n {2}cause: .*fips[^]*\n {2}mend: Install a provider/,
      ) as string,
    });

    await copyFile(provider, module);
    expect(await runCertctl(['list', '--config', config])).toMatchObject({ status: 0 });
    await appendFile(module, 'x');
    expect(await serve()).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(
        /error: the FIPS provider \S+fips\.so is not the file that it was\n {2}mend: If it was replaced on purpose/,
      ) as string,
    });
  });

  it('refuses what is not approved, with file, line and key', async () => {
    await using dir = await openTempDir();
    const config = await writeConfig(
      dir,
      `${FIPS}issuers:
  ca:
    type: acme
    directory: https://ca.example/
    externalAccount: { keyId: k, hmacKey: c2hvcnQ }
`,
    );
    expect(await runCertctl(['serve', '--config', config])).toMatchObject({
      status: 78,
      stderr: expect.stringContaining(
        'certctl.yaml:9:43: issuers.ca.externalAccount.hmacKey: has fewer than 112 bits',
      ) as string,
    });
  });

  it('refuses a short key of an external account that only an option names', async () => {
    const externalAccounts = { 'kid-1': Buffer.from('short').toString('base64url') };
    await using ca = await Pebble.start({ externalAccounts });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca, FIPS);
    const keyFile = dir.file('eab.key');
    await writeFile(keyFile, externalAccounts['kid-1']);
    const issued = await runCertctl(
      [
        'issue',
        HOST,
        '--config',
        config,
        '--directory',
        ca.directoryUrl,
        '--ca-bundle',
        ca.caBundle,
      ].concat(
        ['--eab-key-id', 'kid-1', '--eab-hmac-key-file', keyFile, '--challenge', 'http-01'],
        ['--http01-port', String(ca.httpPort)],
      ),
      { timeoutMs: 60_000 },
    );
    expect(issued.status, issued.stderr).not.toBe(0);
    expect(issued.stderr).toContain('fewer than 112 bits, too few for FIPS mode');
  });

  it('tells how sockets from systemd and the mode go together', async () => {
    await using dir = await openTempDir();
    const config = await writeConfig(dir, FIPS);
    const program = new URL('../../bin/certctl.js', import.meta.url).pathname;
    const activated = (env: NodeJS.ProcessEnv) =>
      runProgram(
        'sh',
        [
          '-c',
          'LISTEN_PID=$$ exec "$@"',
          'sh',
          process.execPath,
          program,
          'list',
          '--config',
          config,
        ],
        { env: { ...process.env, ...env } },
      );
    const refused = await activated({});
    expect(refused.status).toBe(78);
    const [, options] =
      /mend: Add to the unit: Environment="NODE_OPTIONS=(.+)"$/m.exec(refused.stderr) ?? [];
    expect(await activated({ NODE_OPTIONS: options })).toMatchObject({ status: 0 });
  });
});
