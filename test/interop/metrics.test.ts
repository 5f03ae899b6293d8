/**
 * What Prometheus reads of a running daemon, by Prometheus' own tools; alert rules and the dashboard
 * ask for nothing that is not there.
 *
 * @module
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { grafanaDashboard } from '../../scripts/grafana-dashboard.ts';
import { findDebianProgram } from '../support/debian-program.ts';
import { runProgram } from '../support/program.ts';
import { APP, type Serving, startServing, visit } from '../support/serving.ts';
import { ROOT } from '../support/source-files.ts';
import { openTempDir } from '../support/temp-dir.ts';

const promtool = await findDebianProgram('prometheus', { program: 'promtool' });
const reason = typeof promtool === 'string' ? ` (${promtool})` : '';
const RULES = join(ROOT, 'deploy/prometheus/alerts.yml');
const MORE = `
targets:
  web: { type: files, certificate: "/nonexistent/web.pem", key: "/nonexistent/web.key" }
notify:
  ops: { type: command, command: [/bin/true] }
issuers:
  closed: { type: acme, directory: "https://127.0.0.1:9/directory", acceptTerms: true }
certificates:
  - { names: [failing.example.com], issuer: closed, challenge: http-01 }
  - { names: [web.example.com], issuer: internal, targets: web }`;

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

const dashboard = JSON.parse(grafanaDashboard()) as Dashboard;
const panelQueries = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];

async function check(args: readonly string[], input?: string): Promise<string> {
  if (typeof promtool === 'string') return '';
  const { status, stdout, stderr } = await runProgram(promtool.file, args, {
    ...promtool.options,
    ...(input === undefined ? {} : { input }),
  });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

function scrape(socketPath: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const asked = request({ socketPath, path: '/metrics' }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part: string) => (body += part));
    response.on('end', () => resolve(body));
  });
  asked.on('error', reject).end();
  return promise;
}

/** One that has something to tell of everything. */
async function scrapeBusy({ target, dir }: Serving): Promise<string> {
  let text = '';
  await visit(target, 4);
  await expect
    .poll(async () => (text = await scrape(dir.file('data/certctl.sock'))), { timeout: 30_000 })
    .toMatch(/^certctl_certificates_failing\{code=[\s\S]*^certctl_deployment_attempts_total\{/m);
  return text;
}

describe('the metrics of a daemon', () => {
  it('tell of everything, as promtool wants it, and survive a restart', async () => {
    await using serving = await startServing({ more: MORE });
    const text = await scrapeBusy(serving);
    expect(await check(['check', 'metrics'], text)).toBe('');

    expect(text).toMatch(/^certctl_certificates\{status="valid"\} 2$/m);
    expect(text).toMatch(/^certctl_orders_total\{issuer="internal",outcome="issued"\} 2$/m);
    expect(text).toMatch(
      /^certctl_order_duration_seconds_bucket\{issuer="internal",outcome="issued",le="\+Inf"\} 2$/m,
    );
    const ends = new RegExp(
      `^certctl_certificate_not_after_timestamp_seconds\\{certificate="\\w+",name="${APP}"\\} \\d+$`,
      'm',
    );
    expect(text).toMatch(ends);
    expect(text).toMatch(
      /^certctl_certificate_failures\{certificate="\w+",name="failing\.example\.com",code="[a-z]+\/[a-z-]+"\} 1$/m,
    );
    expect(text).toMatch(
      new RegExp(`^certctl_handshakes_total\\{endpoint="${APP}",version="1.3"\\} [4-9]`, 'm'),
    );
    expect(text).toMatch(/^certctl_upstream_up\{upstream="tcp:\/\/127\.0\.0\.1:\d+"\} 1$/m);
    expect(text).toMatch(/^certctl_event_deliveries\{subscription="ops",state="waiting"\} \d+$/m);
    expect(text).toMatch(/^certctl_deployments\{target="web",state="failing"\} 1$/m);
    expect(text).toMatch(/^certctl_leases_held\{kind="daemon"\} 1$/m);
    expect(text).toMatch(/^certctl_workers\{state="serving"\} 2$/m);

    // Every metric that rules and dashboard ask for.
    const known = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
    );
    const asked = [...(await alertQueries()), ...panelQueries].flatMap((query) =>
      [...query.matchAll(/\b(?:certctl|process|nodejs)_\w+/g)].map(([name]) => name),
    );
    expect(asked.length).toBeGreaterThan(50);
    expect([...new Set(asked)].filter((name) => !known.includes(name))).toEqual([]);

    const { program } = serving.daemon;
    program.kill('SIGTERM');
    await program.exited;
    await serving.startAgain();
    const again = await scrape(serving.dir.file('data/certctl.sock'));
    const orders = /^certctl_orders_total\{issuer="internal".*$/m;
    expect(orders.exec(again)?.[0]).toBe(orders.exec(text)?.[0]);
  }, 120_000);
});

async function alertQueries(): Promise<string[]> {
  const { groups } = parse(await readFile(RULES, 'utf8')) as {
    groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
  };
  return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
}

describe.skipIf(typeof promtool === 'string')(`alert rules${reason}`, () => {
  it('are valid, and go off when they should', async () => {
    expect(await check(['check', 'rules', RULES])).toBe('');
    expect(await check(['test', 'rules', join(ROOT, 'deploy/prometheus/alerts_test.yml')])).toBe(
      '',
    );
  });

  it('are loaded by the configuration beside them, whose job is valid', async () => {
    await using directory = await openTempDir();
    const text = await readFile(join(ROOT, 'deploy/prometheus/scrape.yml'), 'utf8');
    expect(text).toContain('rule_files: [alerts.yml]');
    // promtool also wants every file to be there.
    await copyFile(RULES, directory.file('alerts.yml'));
    for (const [, name = ''] of text.matchAll(/_file: \/etc\/prometheus\/([\w.-]+)/g)) {
      await writeFile(directory.file(name), '');
    }
    const config = directory.file('prometheus.yml');
    await writeFile(config, text.replaceAll('/etc/prometheus', directory.path));
    expect(await check(['check', 'config', config])).toBe('');
  });
});

describe('deploy/grafana/certctl.json', () => {
  it('is what scripts/grafana-dashboard.ts prints', async () => {
    const file = await readFile(join(ROOT, 'deploy/grafana/certctl.json'), 'utf8');
    expect(file).toBe(grafanaDashboard());
  });

  it.skipIf(typeof promtool === 'string')('has queries that Prometheus understands', async () => {
    await using directory = await openTempDir();
    const rules = panelQueries.map((query, index) => ({
      record: `panel_${index}`,
      expr: query.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
    const file = directory.file('panels.yml');
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    expect(await check(['check', 'rules', file])).toBe('');
  });
});
