import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startCertctl } from '../support/certctl.ts';
import { type Script, openHttpsServer } from '../support/https-server.ts';
import { type Refusal, expectRefusal, tracesIn } from '../support/refusal.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';
const NOBODY = 'https://127.0.0.1:1/directory';
const LONG_LABEL = 'x'.repeat(64);
const OWN_FILES = ['certctl.db', 'keyring.json'];

describe.concurrent('a name that no certificate can hold', () => {
  it.each([
    ['', 'it is empty'],
    ['app..example.com', 'empty label'],
    ['.example.com', 'empty label'],
    ['under_score.example.com', 'label "under_score" has an underscore'],
    [`${LONG_LABEL}.example.com`, 'has 64 octets'],
    [Array.from({ length: 60 }, () => 'abcd').join('.'), 'octets, at most 253'],
    ['app.*.example.com', 'leftmost label'],
    ['*app.example.com', 'leftmost label'],
    ['*.com', 'at least two labels'],
    ['-app.example.com', 'other characters'],
    ['app example.com', 'cannot be in a certificate'],
    ['https://app.example.com', 'other characters'],
    ['192.0.2.256', 'last label is a number'],
    ['xn--zzzzzz99999.example.com', 'not valid Punycode'],
    ['bücher_.example.com', /"bücher_\.example\.com".*"xn--bcher_-[a-z0-9]+" has an underscore/],
  ])('is refused before anything is written: "%s"', async (name, message) => {
    await using dir = await openTempDir();
    const args = ['issue', '--data-dir', dir.file('data'), '--directory', NOBODY, '--', name];
    await expectRefusal(args, { status: 65, message, mend: 'Give a hostname such as' });
    expect(await tracesIn(dir.file('data'))).toMatchObject({ files: undefined });
  });
});

describe.concurrent('a command line', () => {
  const seeHelp = /certctl --help/;
  it.each<[string, string[], Omit<Refusal, 'status'>]>([
    ['without name', ['issue'], { message: 'missing required argument', mend: seeHelp }],
    ['with an unknown command', ['isue'], { message: 'unknown command', mend: seeHelp }],
    [
      'with an unknown option',
      ['issue', NAME, '--forse'],
      { message: /unknown option '--forse'/, mend: seeHelp },
    ],
    [
      'with an unknown key type',
      ['issue', NAME, '--key-type', 'dsa'],
      { message: 'rsa4096', mend: seeHelp },
    ],
    [
      'with an unknown challenge',
      ['issue', NAME, '--challenge', 'http-02'],
      { message: 'tls-alpn-01', mend: seeHelp },
    ],
    [
      'with a port out of range',
      ['issue', NAME, '--http01-port', '65536'],
      { message: '1 to 65535', mend: seeHelp },
    ],
    [
      'with an option without value',
      ['issue', NAME, '--email'],
      { message: 'argument missing', mend: seeHelp },
    ],
    [
      'with a CA without TLS',
      ['issue', NAME, '--directory', 'http://127.0.0.1/'],
      { message: '--directory: must be an https URL', mend: 'Correct' },
    ],
    [
      'with a broken e-mail address',
      ['issue', NAME, '--email', 'ops@'],
      { message: '--email: must be one e-mail address', mend: 'Correct' },
    ],
    [
      'with two words for the issuer',
      ['issue', NAME, '--issuer', 'internal', '--directory', NOBODY],
      { message: '--issuer names an issuer', mend: 'Leave out' },
    ],
    [
      'with an unknown shell',
      ['completion', 'tcsh'],
      { message: 'bash, zsh, fish', mend: seeHelp },
    ],
    [
      'with an unknown reason',
      ['revoke', NAME, '--reason', 'boredom'],
      { message: 'keyCompromise', mend: seeHelp },
    ],
  ])('%s ends with status 64', async (_title, args, refusal) => {
    await using dir = await openTempDir();
    const [word = '', ...rest] = args;
    const where = word === 'completion' ? [] : ['--data-dir', dir.file('data')];
    const command = [word, ...where, ...rest];
    await expectRefusal(command, { status: 64, ...refusal });
    expect(await tracesIn(dir.file('data'))).toMatchObject({ files: undefined });
  });
});

describe.concurrent('what no issuer or credential can do', () => {
  it.each<[string, string[], Refusal]>([
    [
      'a wildcard by http-01',
      ['*.example.com', '--challenge', 'http-01'],
      { status: 65, message: /\*\.example\.com cannot be proven by http-01/, mend: 'dns-01' },
    ],
    [
      'an internationalized wildcard by http-01',
      ['*.bücher.example', '--challenge', 'http-01'],
      { status: 65, message: /\*\.bücher\.example \(\*\.xn--bcher-kva\.example\)/, mend: 'dns-01' },
    ],
    [
      'an address by dns-01',
      ['192.0.2.1', '--challenge', 'dns-01', '--dns', 'main'],
      { status: 65, message: /192\.0\.2\.1 cannot be proven by dns-01/, mend: 'http-01' },
    ],
    [
      'dns-01 without credential',
      [NAME, '--challenge', 'dns-01'],
      { status: 78, message: 'dns-01 needs a DNS credential', mend: '--dns' },
    ],
    [
      'dns-account-01 without credential',
      [NAME, '--challenge', 'dns-account-01'],
      { status: 78, message: 'dns-account-01 needs a DNS credential', mend: '--dns' },
    ],
    [
      'an address by dns-persist-01',
      ['192.0.2.1', '--challenge', 'dns-persist-01'],
      { status: 65, message: /192\.0\.2\.1 cannot be proven by dns-persist-01/, mend: 'http-01' },
    ],
    [
      'a credential that nobody described',
      [NAME, '--challenge', 'dns-01', '--dns', 'mian'],
      { status: 78, message: 'no DNS credential "mian"', mend: 'dns:' },
    ],
    [
      'an issuer that nobody described',
      [NAME, '--issuer', 'letsencript'],
      { status: 78, message: 'no issuer "letsencript"', mend: 'Did you mean "letsencrypt"' },
    ],
  ])('%s is refused, and nothing is managed', async (_title, args, refusal) => {
    await using dir = await openTempDir();
    await expectRefusal(['issue', ...args, '--data-dir', dir.file('data')], refusal);
    expect(await tracesIn(dir.file('data'))).toEqual({
      files: OWN_FILES,
      certificates: [],
      unfinished: [],
    });
  });
});

describe.concurrent('a CA', () => {
  it.each<[string, Script, Omit<Refusal, 'status'>]>([
    [
      'that answers with other JSON',
      () => ({ body: { hello: 1 } }),
      { message: 'is not an ACME directory', mend: 'directory URL' },
    ],
    [
      'that answers with HTML',
      () => ({ body: '<html>' }),
      { message: 'is not an ACME directory', mend: 'directory URL' },
    ],
    [
      'that has nothing there',
      () => ({ status: 404 }),
      { message: /not an ACME directory.*404/, mend: 'directory URL' },
    ],
    [
      'that is elsewhere',
      () => ({ status: 302, headers: { location: 'https://example.com/' } }),
      { message: 'redirects to', mend: 'directory URL' },
    ],
    ['that has an outage', () => ({ status: 500, body: 'oops' }), { message: '500', mend: /\S/ }],
    ['that hangs up', () => 'cut', { message: 'the connection was cut', mend: 'network' }],
    [
      'that never ends',
      () => ({ body: 'x'.repeat(2_000_000) }),
      { message: 'more than 1048576 bytes', mend: 'directory URL' },
    ],
  ])('%s costs no order, and is asked again later', async (_title, script, refusal) => {
    await using dir = await openTempDir();
    await using server = await openHttpsServer(script);
    const bundle = dir.file('roots.pem');
    await writeFile(bundle, server.root);
    const by = ['--directory', `${server.url}/directory`, '--ca-bundle', bundle];
    const args = ['issue', NAME, '--data-dir', dir.file('data'), ...by];
    const { stderr } = await expectRefusal(args, { status: 69, ...refusal });
    expect(stderr).not.toContain('<html>');

    const { files, certificates, unfinished } = await tracesIn(dir.file('data'));
    expect(files).toEqual(OWN_FILES);
    expect(certificates).toMatchObject([{ failure: { count: 1 }, spec: { names: [NAME] } }]);
    expect(certificates[0]?.nextActionAt).toEqual(certificates[0]?.failure?.retryAt);
    expect(unfinished.map(({ url }) => url)).toEqual([undefined]);
  });

  it('that says nothing can be left by Ctrl-C at once', async () => {
    await using dir = await openTempDir();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using server = await openHttpsServer(() => {
      resolve();
      return 'hang';
    });
    const bundle = dir.file('roots.pem');
    await writeFile(bundle, server.root);
    const by = ['--directory', `${server.url}/directory`, '--ca-bundle', bundle];
    await using waiting = await startCertctl([
      'issue',
      NAME,
      '--data-dir',
      dir.file('data'),
      ...by,
    ]);
    await asked;
    const begin = performance.now();
    waiting.kill('SIGINT');
    const { status, stderr } = await waiting.exited;
    expect(status).toBe(130);
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(stderr).toContain('interrupted: what was begun is kept');
    expect(stderr).not.toContain('error');
    const { files, certificates } = await tracesIn(dir.file('data'));
    expect(files).toEqual(OWN_FILES);
    expect(certificates).toHaveLength(1);
    expect(certificates[0]).not.toHaveProperty('failure');
  });

  it('that nobody vouches for is not trusted', async () => {
    await using dir = await openTempDir();
    await using server = await openHttpsServer(() => ({}));
    await using other = await openHttpsServer(() => ({}));
    const bundle = dir.file('roots.pem');
    await writeFile(bundle, other.root);
    const args = ['issue', NAME, '--data-dir', dir.file('data'), '--directory', server.url];
    const refusal = {
      status: 69,
      message: /certificate of 127\.0\.0\.1.* not trusted/,
      mend: '--ca-bundle',
    };
    await expectRefusal([...args, '--ca-bundle', bundle], refusal);
    await expectRefusal(args, refusal);
    expect(server.requests).toEqual([]);
  });
});

describe.concurrent('a CA bundle', () => {
  it.each<[string, string | undefined, Omit<Refusal, 'status'>]>([
    [
      'that is not there',
      undefined,
      { message: /cannot read .*roots\.pem: it does not exist/, mend: 'path' },
    ],
    ['without certificate', 'hello\n', { message: 'it has no PEM certificate', mend: 'PEM file' }],
    [
      'with a damaged certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      { message: 'number 1 cannot be decoded', mend: 'PEM file' },
    ],
    ['of bytes', '\u0000\u0001'.repeat(600_000), { message: 'has more than', mend: 'path' }],
  ])('%s is refused before anything is written', async (_title, text, refusal) => {
    await using dir = await openTempDir();
    const bundle = dir.file('roots.pem');
    if (text !== undefined) await writeFile(bundle, text);
    const by = ['--directory', NOBODY, '--ca-bundle', bundle];
    const args = ['issue', NAME, '--data-dir', dir.file('data'), ...by];
    await expectRefusal(args, { status: 65, ...refusal });
    expect(await tracesIn(dir.file('data'))).toMatchObject({ files: undefined });
  });
});
