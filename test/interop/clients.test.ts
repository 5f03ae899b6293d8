/**
 * TLS and HTTP clients of other make in front of `certctl serve`, each verifying our certificate.
 *
 * @module
 */
import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS } from '../hostile/attack.ts';
import { HELLO } from '../hostile/honest-clients.ts';
import { type Site, startSite } from '../hostile/site.ts';
import { findDebianProgram } from '../support/debian-program.ts';
import { certificateOnWire } from '../support/openssl.ts';
import { type ProgramResult, runProgram } from '../support/program.ts';
import { openTempDir, type TempDir } from '../support/temp-dir.ts';

let site: Site;
let dir: TempDir;
let roots: string;

beforeAll(async () => {
  [site, dir] = await Promise.all([startSite(), openTempDir()]);
  roots = dir.file('roots.pem');
  await writeFile(roots, site.roots);
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const web = (): string => site.target.webName;
const port = (): string => String(site.target.tlsPort);

async function hasProgram(file: string, argument = '--version'): Promise<boolean> {
  return runProgram(file, [argument]).then(
    ({ status }) => status === 0,
    () => false,
  );
}

describe('openssl s_client', () => {
  it.each([
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ])('verifies chain and name with %s', async (flag, version) => {
    const trust = ['-CAfile', roots, '-verify_return_error', '-verify_hostname', web()];
    const { stdout } = await runProgram(
      'openssl',
      ['s_client', '-connect', `${ADDRESS}:${port()}`, '-servername', web(), flag, ...trust],
      { timeoutMs: 20_000 },
    );
    expect(stdout).toContain('Verification: OK');
    expect(stdout).toContain(`New, ${version}`);
  });

  it.each(['-tls1', '-tls1_1'])('gets nothing with %s', async (flag) => {
    const ciphers = ['-cipher', 'ALL:@SECLEVEL=0', flag];
    const { status } = await runProgram(
      'openssl',
      ['s_client', '-connect', `${ADDRESS}:${port()}`, '-servername', web(), ...ciphers],
      { timeoutMs: 20_000 },
    );
    expect(status).not.toBe(0);
  });
});

describe('curl', () => {
  it.each([
    ['--http1.1', '1.1'],
    ['--http2', '2'],
  ])('gets a page with %s', async (flag, version) => {
    const { stdout, stderr } = await runProgram(
      'curl',
      [
        '-sS',
        flag,
        '--cacert',
        roots,
        '-w',
        ' %{http_version}',
        '--resolve',
        `${web()}:${port()}:${ADDRESS}`,
        `https://${web()}:${port()}/`,
      ],
      { timeoutMs: 20_000 },
    );
    expect(`${stdout}${stderr}`).toBe(`${HELLO} ${version}`);
  });
});

describe('gnutls-cli', () => {
  it.for(['NORMAL:-VERS-ALL:+VERS-TLS1.2', 'NORMAL:-VERS-ALL:+VERS-TLS1.3'])(
    'verifies us with %s',
    async (priority, { skip }) => {
      if (!(await hasProgram('gnutls-cli'))) skip('gnutls-cli is not installed');
      const { stdout } = await runProgram(
        'gnutls-cli',
        [
          '--x509cafile',
          roots,
          '--priority',
          priority,
          '--sni-hostname',
          web(),
          '--verify-hostname',
          web(),
          '-p',
          port(),
          ADDRESS,
        ],
        { timeoutMs: 20_000 },
      );
      expect(stdout).toContain('The certificate is trusted');
      expect(stdout).toContain('Handshake was completed');
    },
  );
});

describe("Python's ssl", () => {
  it.each(['TLSv1_2', 'TLSv1_3'])('gets a page by %s', async (version) => {
    const program = `
import socket, ssl, sys
address, port, name, roots, version = sys.argv[1:]
context = ssl.create_default_context(cafile=roots)
context.maximum_version = context.minimum_version = ssl.TLSVersion[version]
context.set_alpn_protocols(['http/1.1'])
with context.wrap_socket(socket.create_connection((address, int(port))), server_hostname=name) as s:
    s.sendall(f'GET / HTTP/1.1\\r\\nHost: {name}\\r\\nConnection: close\\r\\n\\r\\n'.encode())
    body = b''
    while part := s.recv(4096): body += part
    print(s.version(), s.selected_alpn_protocol(), body.decode().splitlines()[-1])
`;
    const { stdout, stderr } = await runProgram(
      'python3',
      ['-c', program, ADDRESS, port(), web(), roots, version],
      { timeoutMs: 20_000 },
    );
    expect(`${stderr}${stdout}`.trim()).toBe(`${version.replace('_', '.')} http/1.1 ${HELLO}`);
  });
});

describe("Java's HttpClient", () => {
  it.for(['TLSv1.2', 'TLSv1.3'])('gets a page with HTTP/2 by %s', async (version, { skip }) => {
    if (!(await hasProgram('javac', '-version'))) skip('no JDK: default-jdk-headless');
    const hosts = dir.file('hosts');
    await writeFile(hosts, `${ADDRESS} ${web()}\n`);
    const source = fileURLToPath(new URL('../support/HttpsClient.java', import.meta.url));
    const url = `https://${web()}:${port()}/`;
    const { stdout, stderr } = await runProgram(
      'java',
      [
        `-Djdk.net.hosts.file=${hosts}`,
        `-Djdk.tls.client.protocols=${version}`,
        source,
        url,
        roots,
        'TLS',
      ],
      { timeoutMs: 60_000 },
    );
    expect(stdout.trim(), stderr).toBe(`${version} HTTP_2 ${HELLO}`);
  });
});

describe('Chromium', () => {
  it('shows a page that came by HTTP/2', async ({ skip }) => {
    if (!(await hasProgram('chromium'))) skip('chromium is not installed');
    // It has no option for roots, but one for the very key of the certificate.
    const key = new X509Certificate(
      await certificateOnWire({ port: site.target.tlsPort, servername: web() }),
    ).publicKey.export({ type: 'spki', format: 'der' });
    const pin = createHash('sha256').update(key).digest('base64');
    const result = await browse(pin);
    expect(result.stdout, result.stderr).toContain('by h2');
    expect((await browse(pin.replaceAll(/./g, 'A'))).stdout).not.toContain('by h2');
  });
});

function browse(pin: string): Promise<ProgramResult> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return runProgram(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      ...quiet,
      `--user-data-dir=${dir.file(`chromium-${pin.slice(0, 4)}`)}`,
      `--host-resolver-rules=MAP ${web()} ${ADDRESS}`,
      '--virtual-time-budget=5000',
      `--ignore-certificate-errors-spki-list=${pin}`,
      '--dump-dom',
      `https://${web()}:${port()}/page`,
    ],
    { timeoutMs: 60_000 },
  );
}

describe('h2load', () => {
  it.for([
    ['h2', []],
    ['http/1.1', ['--h1']],
  ] as const)('has all its requests answered by %s', async ([, flags], { skip }) => {
    const h2load = await findDebianProgram('nghttp2-client', { program: 'h2load' });
    if (typeof h2load === 'string') {
      skip(h2load);
      return;
    }
    const { stdout } = await runProgram(
      h2load.file,
      [
        '-n',
        '2000',
        '-c',
        '20',
        '-m',
        '10',
        '--connect-to',
        `${ADDRESS}:${port()}`,
        ...flags,
        `https://${web()}:${port()}/`,
      ],
      { ...h2load.options, timeoutMs: 60_000 },
    );
    expect(stdout).toContain('2000 succeeded, 0 failed, 0 errored, 0 timeout');
    expect(stdout).toContain('2000 2xx');
  });
});
