/**
 * The rules of ARCHITECTURE.md that a machine can check, over the text of every file in `src/`.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../src/core/errors.ts';
import { importsOf } from './support/imports.ts';
import { ROOT, type SourceFile, readSources } from './support/source-files.ts';

/** An import goes to a lower rank or stays in its unit; equal ranks cannot see each other. */
const RANKS: Readonly<Record<string, number>> = {
  core: 0,
  acme: 1,
  pki: 1,
  wire: 1,
  observe: 1,
  fips: 1,
  programs: 1,
  store: 2,
  keyring: 2,
  issuers: 2,
  challenges: 2,
  dns: 2,
  feed: 2,
  targets: 2,
  notify: 2,
  lifecycle: 3,
  terminator: 3,
  tunnel: 3,
  config: 4,
  api: 4,
  main: 5,
  // What runs in the browser: of the others it has types only.
  dashboard: 5,
  cli: 6,
  sdk: 6,
  // src/index.ts, the SDK: re-exports only.
  '.': 7,
};
/** Folders whose files are contracts and whose subfolders are adapters, one unit each. */
const PORTS = new Set([
  'store',
  'keyring',
  'issuers',
  'challenges',
  'dns',
  'feed',
  'targets',
  'notify',
]);
const ADAPTER_RANK = 3;

/** Folders that may import a package; `*` stands for all. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  'acme-client': ['acme'],
  undici: ['acme', 'dns', 'api', 'terminator', 'targets'],
  '@peculiar/x509': ['pki'],
  'reflect-metadata': ['pki'],
  'better-sqlite3': ['store/sqlite'],
  pg: ['store/postgres'],
  tldts: ['lifecycle/budget'],
  'node-cron': ['lifecycle/schedule'],
  commander: ['cli'],
  fastify: ['api'],
  'openid-client': ['api/oidc'],
  nodemailer: ['notify/email'],
  pino: ['observe'],
  '@opentelemetry/api': ['observe/tracing'],
  '@opentelemetry/exporter-trace-otlp-http': ['observe/tracing'],
  '@opentelemetry/resources': ['observe/tracing'],
  '@opentelemetry/sdk-trace': ['observe/tracing'],
  'prom-client': ['observe'],
  preact: ['dashboard'],
  '@preact/signals': ['dashboard'],
  vite: ['dashboard'],
  yaml: ['config'],
  zod: ['*'],
};
const TEST_PACKAGES = new Set(['vitest', 'fast-check', 'smtp-server']);

/** Words of the language or of Node that only some folders may use. */
const WORD_OWNERS: readonly { word: string; pattern: RegExp; folders: readonly string[] }[] = [
  { word: 'process.env', pattern: /\bprocess\s*\.\s*env\b/, folders: ['config'] },
  { word: 'console', pattern: /\bconsole\s*\.\s*\w/, folders: ['cli'] },
  { word: 'process.exit', pattern: /\bprocess\s*\.\s*exit\b/, folders: ['cli', 'main'] },
];

/** Folders of pure judgement and of parsing hostile bytes: values in, values out. */
const PURE = ['core', 'wire', 'lifecycle/planner'];
const IMPURE_MODULES =
  /^node:(?:fs|http|http2|https|tls|dgram|dns|child_process|cluster|worker_threads|sqlite)(?:\/|$)/;

const MOST_LINES = 500;
/** Files that may be longer, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

const NAMELESS_FOLDERS = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|lib)(?:\/|$)/;

const sources = await readSources();
const code = sources.filter((file) => !file.isTest);

describe('source tree', () => {
  it('has files to judge', () => {
    expect(code.length).toBeGreaterThan(0);
  });

  it('imports only downwards', () => {
    const faults = sources.flatMap((file) =>
      localImports(file).flatMap(({ specifier, target }) => rankFault(file, specifier, target)),
    );
    expect(faults).toEqual([]);
  });

  it('imports nothing that cannot be read from the text', () => {
    const faults = sources
      .filter((file) => importsOf(file.text).some(({ specifier }) => specifier === undefined))
      .map((file) => `${file.path}: write the module of its import() as a plain string`);
    expect(faults).toEqual([]);
  });

  it('has no import cycles', () => {
    const cycle = findCycle(code);
    const faults =
      cycle.length === 0
        ? []
        : [`${cycle.join(' → ')}: move what they share to a file that imports none of them`];
    expect(faults).toEqual([]);
  });

  it('leaves each package to its owners', () => {
    const faults = sources.flatMap((file) =>
      packageImports(file).flatMap((name) => packageFault(file, name)),
    );
    expect(faults).toEqual([]);
  });

  it('leaves environment, terminal and exit to their owners', () => {
    const faults = code.flatMap((file) =>
      WORD_OWNERS.filter(({ pattern }) => pattern.test(file.code))
        .filter(({ folders }) => !isIn(file, folders))
        .map(
          ({ word, folders }) =>
            `${file.path} uses ${word}: only ${folders.join(', ')} may; take the value as an argument or throw an AppError`,
        ),
    );
    expect(faults).toEqual([]);
  });

  it('does no input or output where it judges or parses', () => {
    const faults = code
      .filter((file) => isIn(file, PURE))
      .flatMap((file) =>
        importsOf(file.text)
          .filter(({ specifier }) => specifier !== undefined && IMPURE_MODULES.test(specifier))
          .map(({ specifier }) => `${file.path} imports ${specifier}: let the caller read or send`),
      );
    expect(faults).toEqual([]);
  });

  it('has files that can be read in one go', () => {
    const faults = sources
      .filter((file) => file.lines > MOST_LINES && LONG_FILES[file.path] === undefined)
      .map((file) => `${file.path} has ${file.lines} lines: split it by concept`);
    expect(faults).toEqual([]);
  });

  it('excuses no file from its length without need', () => {
    const long = new Set(sources.filter((file) => file.lines > MOST_LINES).map(({ path }) => path));
    const faults = Object.keys(LONG_FILES)
      .filter((path) => !long.has(path))
      .map((path) => `${path} is no longer long: take it out of LONG_FILES`);
    expect(faults).toEqual([]);
  });

  it('names folders for what is in them', () => {
    const faults = listFolders()
      .filter((folder) => NAMELESS_FOLDERS.test(folder))
      .map((folder) => `${folder}/: name the folder for the one concept it holds`);
    expect(faults).toEqual([]);
  });

  it('opens each file with its purpose', () => {
    const faults = code
      .filter((file) => !/^(?:#![^\n]*\n)?\/\*\*[\s\S]+?@module\s*\*\//.test(file.text))
      .map((file) => `${file.path}: begin with a /** … @module */ comment of one sentence`);
    expect(faults).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  it('names every folder of src', async () => {
    const text = await readFile(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    const faults = listFolders()
      .filter((folder) => !text.includes(`${folder}/`))
      .map((folder) => `${folder}/: add a line to the code map of ARCHITECTURE.md`);
    expect(faults).toEqual([]);
  });
});

describe('error table', () => {
  it('has no code that nothing reports', () => {
    const users = code.filter((file) => file.path !== 'core/errors.ts').map((file) => file.text);
    const faults = Object.keys(ERRORS)
      .filter((row) => !users.some((text) => text.includes(`'${row}'`)))
      .map((row) => `${row}: remove its row from core/errors.ts or report it where it happens`);
    expect(faults).toEqual([]);
  });
});

interface LocalImport {
  readonly specifier: string;
  /** The imported file, relative to `src/`. */
  readonly target: string;
}

function localImports(file: SourceFile): LocalImport[] {
  return importsOf(file.text).flatMap(({ specifier }) => {
    if (specifier === undefined || !specifier.startsWith('.')) return [];
    const base = new URL(file.path, 'file:///src/');
    const { pathname } = new URL(specifier, base);
    const isInside = pathname.startsWith('/src/');
    return [{ specifier, target: isInside ? pathname.slice('/src/'.length) : `..${pathname}` }];
  });
}

function packageImports(file: SourceFile): string[] {
  return importsOf(file.text).flatMap(({ specifier }) => {
    if (specifier === undefined || /^(?:\.|node:)/.test(specifier)) return [];
    const parts = specifier.split('/');
    return [parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')];
  });
}

function rankFault(file: SourceFile, specifier: string, target: string): string[] {
  if (target.startsWith('..')) {
    // Tests beside the code share the harness; the code itself stands on its own.
    if (file.isTest && target.startsWith('../test/')) return [];
    return [`${file.path} imports ${specifier}: nothing in src/ may leave it`];
  }
  const [from, to] = [unitOf(file.path), unitOf(target)];
  if (from === to) return [];
  const [fromRank, toRank] = [rankOf(from), rankOf(to)];
  if (fromRank === undefined) return [`${file.path}: give ${from}/ a rank in this test`];
  if (toRank === undefined) return [`${file.path} imports ${to}/, which has no rank in this test`];
  if (toRank < fromRank) return [];
  return [
    `${file.path} (rank ${fromRank}) imports ${target} (rank ${toRank}): move what is needed to a lower rank, or take it as an argument`,
  ];
}

function packageFault(file: SourceFile, name: string): string[] {
  if (file.isTest && TEST_PACKAGES.has(name)) return [];
  const owners = PACKAGE_OWNERS[name];
  if (owners === undefined) return [`${file.path} imports ${name}: give it an owner in this test`];
  if (owners.includes('*') || isIn(file, owners)) return [];
  return [
    `${file.path} imports ${name}: only ${owners.join(', ')} may; use what that folder offers`,
  ];
}

/** What is judged as one: a folder of `src/`, or one adapter of a port. */
function unitOf(path: string): string {
  const [folder = '', next, deeper] = path.split('/');
  if (next === undefined) return '.';
  return PORTS.has(folder) && deeper !== undefined ? `${folder}/${next}` : folder;
}

function rankOf(unit: string): number | undefined {
  const [folder = ''] = unit.split('/');
  const rank = RANKS[folder];
  return unit.includes('/') && rank !== undefined ? ADAPTER_RANK : rank;
}

function isIn(file: SourceFile, owners: readonly string[]): boolean {
  return owners.some((owner) => file.path.startsWith(`${owner}/`));
}

/** Every folder that holds files, directly or deeper. */
function listFolders(): string[] {
  const found = new Set<string>();
  for (const { path } of sources) {
    const parts = path.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) {
      found.add(parts.slice(0, depth).join('/'));
    }
  }
  return [...found].toSorted();
}

/** The files of one cycle in the order of their imports, or nothing. */
function findCycle(files: readonly SourceFile[]): string[] {
  const graph = new Map(
    files.map((file) => [file.path, localImports(file).map(({ target }) => target)]),
  );
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    const begin = trail.indexOf(path);
    if (begin !== -1) return [...trail.slice(begin), path];
    if (finished.has(path)) return [];
    for (const target of graph.get(path) ?? []) {
      const cycle = visit(target, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    finished.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
