/**
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';

async function load(text: string): Promise<Config['deployments']> {
  await using dir = await openTempDir();
  const path = dir.file('certctl.yaml');
  await writeFile(path, text);
  return (await loadConfig({ path, environment: readEnvironment() })).deployments;
}

describe('targets of a configuration', () => {
  it('belong to the certificates that name them, and by default to the others', async () => {
    const { targets, usual, assigned } = await load(`
defaults: { issuer: internal, targets: web }
targets:
  web: { type: files, key: /k, mode: "0640", timeout: 2s }
  proxy: { type: haproxy, socket: ["/a.sock", "127.0.0.1:9999"], certificate: /c.pem }
certificates:
  - { names: [b.example.com, a.example.com], targets: [proxy, web] }
  - { names: [c.example.com] }
  - { names: [d.example.com], targets: web }
`);
    expect(usual).toEqual(['web']);
    expect({ ...assigned }).toEqual({
      'a.example.com,b.example.com': ['proxy', 'web'],
      'd.example.com': ['web'],
    });
    expect(targets['web']).toMatchObject({ paths: { key: '/k' }, mode: 0o640, timeoutMs: 2_000 });
    expect(targets['proxy']).toMatchObject({
      sockets: [{ path: '/a.sock' }, { host: '127.0.0.1', port: 9999 }],
    });
  });

  it.each([
    ['{ type: files }', /writes no file/],
    ['{ type: files, key: a, chain: ./a }', /chain: is the file of key, too/],
    ['{ type: files, pkcs12: a }', /passphrase: is required/],
    ['{ type: files, pkcs12: a, passphrase: short }', /at least 6 characters/],
    ['{ type: files, key: a, mode: "0999" }', /octal digits/],
    ['{ type: files, key: a, command: reload it }', /must be a list/],
    ['{ type: haproxy, socket: a, certificate: "a b" }', /certificate: has a character/],
    ['{ type: haproxy, socket: a, certificate: "a;shutdown" }', /certificate: has a character/],
    ['{ type: nginx, certificate: a }', /key: is required/],
    ['{ type: kubernetes, namespace: A_b, secret: x }', /must be a namespace/],
    ['{ type: kubernetes, namespace: a, secret: x, server: "http://k" }', /must be an https URL/],
    ['{ type: exec, command: [] }', /command/],
    ['{ type: exec, command: [a], timeout: 1ms }', /from 100ms to 10m/],
    ['{ type: webhook, url: "http://a", secret: 0123456789abcdef }', /must be an https URL/],
    ['{ type: webhook, url: "https://a", secret: short }', /at least 16 characters/],
    ['{ type: webhook, url: "https://a", secrets: 0123456789abcdef }', /secret/],
    ['{ type: scp }', /must be one of/],
  ])('refuses %s', async (target, message) => {
    await expect(load(`targets:\n  one: ${target}\n`)).rejects.toMatchObject({
      code: 'config/invalid',
      message: expect.stringMatching(message),
    });
  });

  it('refuses targets that do not exist or are there twice', async () => {
    const file = (targets: string) => `
defaults: { issuer: internal }
targets: { web: { type: files, key: /k } }
certificates: [{ names: [a.example.com], targets: ${targets} }]
`;
    await expect(load(file('[wep]'))).rejects.toThrow(/no target "wep"; the nearest is "web"/);
    await expect(load(file('[web, web]'))).rejects.toThrow(/web is there twice/);
  });
});
