import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { HOUR_MS, MINUTE_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

async function load(yaml: string): Promise<Config> {
  await using directory = await openTempDir();
  const path = directory.file('certctl.yaml');
  await writeFile(path, yaml);
  return await loadConfig({ path, environment: readEnvironment() });
}

/** `line:column key: message` of each. */
async function problemsOf(yaml: string): Promise<string[]> {
  const failure = await load(yaml).catch((thrown: unknown) => thrown);
  if (!(failure instanceof AppError)) throw new Error('it loads');
  const problems = failure.context['problems'] as Problem[];
  return problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

describe('the API', () => {
  it('has a dashboard for all that may use it, unless the file says otherwise', async () => {
    const dashboardOf = async (rest: string) =>
      (await load(`api: { address: ":9443"${rest} }`)).api?.dashboard;
    const usual = { idleMs: HOUR_MS, signedInMs: 12 * HOUR_MS };
    expect(await dashboardOf('')).toEqual(usual);
    expect(await dashboardOf(', dashboard: true')).toEqual(usual);
    expect(await dashboardOf(', dashboard: false')).toBeUndefined();
    const own = ', dashboard: { allow: [10.0.0.0/8], idle: 5m, signedIn: 2h }';
    expect(await dashboardOf(own)).toEqual({
      allow: ['10.0.0.0/8'],
      idleMs: 5 * MINUTE_MS,
      signedInMs: 2 * HOUR_MS,
    });
  });

  it('has persons who sign in at a provider', async () => {
    const { api } = await load(`
api:
  address: ":9443"
  oidc:
    issuer: https://id.example.com/realms/one
    clientId: certctl
    url: https://certctl.example.com
    scopes: [groups]
    grants: [{ value: admins, role: admin }, { role: viewer, names: ["*.Example.com"] }]
    domains: [Example.com]
`);
    expect(api?.oidc).toEqual({
      issuer: 'https://id.example.com/realms/one',
      clientId: 'certctl',
      url: 'https://certctl.example.com',
      name: 'id.example.com',
      scopes: ['openid', 'groups'],
      claim: 'groups',
      grants: [
        { value: 'admins', role: 'admin' },
        { role: 'viewer', patterns: ['*.example.com'] },
      ],
      domains: ['example.com'],
    });
  });

  it.each([
    ['issuer: "http://id.example.com"', /api.oidc.issuer: must be an https URL; http is for/],
    ['issuer: "https://u:hunter2@id.example.com"', /api.oidc.issuer: must not contain a user/],
    ['issuer: "https://id.example.com/?a=b"', /api.oidc.issuer: must have neither query/],
    ['issuer: id.example.com', /api.oidc.issuer: must be an https URL/],
    ['url: "http://a.example.com"', /api.oidc.url: must be an https URL/],
    ['url: "https://a.example.com/certctl"', /api.oidc.url: must have no path/],
    ['grants: []', /api.oidc.grants: /],
    ['grants: [{ role: owner }]', /api.oidc.grants\[0\].role: must be one of/],
    ['grants: [{ role: admin, names: ["a b"] }]', /api.oidc.grants\[0\].names\[0\]: "a b" cannot/],
    ['grants: [{ role: viewer }, { value: a, role: admin }]', /grants\[1\]: is never reached/],
    ['scopes: ["a b"]', /api.oidc.scopes\[0\]: must be a scope/],
    ['domains: ["@example.com"]', /api.oidc.domains\[0\]: must be a domain/],
    ['caBundle: /nowhere/root.pem', /api.oidc.caBundle: /],
    ['clientsecret: hunter2', /api.oidc.clientsecret: .*nearest known key is "clientSecret"/],
  ])('cannot have a provider with %s', async (fields, expected) => {
    const usual: Record<string, string> = {
      issuer: '"https://id.example.com"',
      clientId: 'certctl',
      url: '"https://certctl.example.com"',
      grants: '[{ role: viewer }]',
    };
    const [key = ''] = fields.split(':');
    const rest = Object.entries(usual).filter(([name]) => name !== key);
    const texts = [...rest.map(([name, value]) => `${name}: ${value}`), fields];
    const problems = await problemsOf(`api: { address: ":9443", oidc: { ${texts.join(', ')} } }`);
    expect(problems).toEqual([expect.stringMatching(expected)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('has no provider without a dashboard', async () => {
    const oidc = 'issuer: "https://a", clientId: b, url: "https://c", grants: [{ role: viewer }]';
    const yaml = `api: { address: ":9443", dashboard: false, oidc: { ${oidc} } }`;
    expect(await problemsOf(yaml)).toEqual([expect.stringMatching(/api.oidc: is not used/)]);
  });

  it.each([
    ['api: {}', /^1:6 api.address: is required/],
    ['api: { address: "9443" }', /^1:17 api.address: must be "ip:port", "\[v6\]:port" or ":port"$/],
    ['api: { address: "api.example.com:9443" }', /^1:17 api.address: must have an IP address/],
    ['api: { address: ":9443", port: 1 }', /^1:\d+ api.port: /],
    [
      'api: { address: ":9443", allow: [10.0.0.0/8, 10.0.0.0/33] }',
      /^1:46 api.allow\[1\]: must be an IP address or a network/,
    ],
    ['api: { address: ":9443", allow: [] }', /^1:\d+ api.allow: /],
    ['api: { address: ":9443", certificate: "a b" }', /^1:39 api.certificate: "a b" cannot be/],
    [
      'api: { address: ":9443", dashboard: { allow: [10.0.0.300] } }',
      /^1:47 api.dashboard.allow\[0\]: must be an IP address or a network/,
    ],
    [
      'api: { address: ":9443", dashboard: { idle: 30s } }',
      /^1:\d+ api.dashboard.idle: .* from 1m/,
    ],
    ['api: { address: ":9443", dashboard: { idel: 1h } }', /api.dashboard.idel: .*is "idle"/],
    ['api: { address: ":9443", dashboard: maybe }', /^1:\d+ api.dashboard: must be true or false/],
  ])('cannot be: %s', async (yaml, expected) => {
    expect(await problemsOf(yaml)).toEqual([expect.stringMatching(expected)]);
  });
});
