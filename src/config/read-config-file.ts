/**
 * One configuration file, read, checked and resolved; everything that only a file needs.
 *
 * @module
 */
import { dirname, relative } from 'node:path';
import type { Config } from './config.ts';
import { findingsOf, wording } from './describe-issue.ts';
import type { Environment } from './environment.ts';
import { type FileConfig, fileSchema } from './file-schema.ts';
import { type ConfigPath, type Problem, formatPath, invalidConfig } from './problem.ts';
import type { Supplied } from '../lifecycle/supplied-csr.ts';
import { readTextFile } from './read-text-file.ts';
import { asksForFips } from './resolve-fips.ts';
import { resolveConfig } from './resolve-config.ts';
import type { ResolveContext } from './resolve-context.ts';
import { PREDEFINED_ISSUERS } from './resolve-issuers.ts';
import { type Place, type YamlSource, readYaml } from './yaml-source.ts';

const MOST_BYTES = 1024 * 1024;

export interface ConfigFileRequest {
  /** Absolute. */
  readonly path: string;
  readonly environment: Environment;
  readonly dataDir?: string | undefined;
}

/** @throws `file/unreadable`, or `config/invalid` with every problem of the file. */
export async function readConfigFile({
  path,
  environment,
  dataDir,
}: ConfigFileRequest): Promise<Config> {
  const directory = dirname(path);
  const text = readTextFile(path, MOST_BYTES);
  const source = readYaml(text, { variables: environment.variables, directory });
  const problems = [...source.problems];
  const shown = shownPath(path, environment.cwd);
  // Nothing is known of a broken file but where it breaks.
  if (source.value === undefined && problems.length > 0) throw invalidConfig(shown, problems);

  const { file, faulty } = checkShape(source, problems);
  const context: ResolveContext = {
    environment,
    directory,
    report: (at, message, mend) => problems.push(problemAt(source, { path: at, message, mend })),
    isExpanded: (at) => source.isExpanded(existing(at, source.locate(at))),
    ...declaredNames(source.value),
    files: new Set(),
    isFips: asksForFips(entriesOf(source.value, 'tls')),
  };
  const endpointsAreKnown = !faulty.has('endpoints');
  const requests = await requestsOf(file, context);
  const config = resolveConfig(
    { file, sourcePath: path, dataDir, endpointsAreKnown, requests },
    context,
  );
  if (problems.length > 0) throw invalidConfig(shown, problems);
  return config;
}

/** Reading signing requests takes a library that most configurations need not load. */
async function requestsOf(
  { certificates = [] }: FileConfig,
  context: ResolveContext,
): Promise<ReadonlyMap<number, Supplied>> {
  if (certificates.every(({ csr }) => csr === undefined)) return new Map();
  const { readRequests } = await import('./read-requests.ts');
  return readRequests(certificates, context);
}

/** The sections that have the right shape; the others are reported and left out. */
function checkShape(
  source: YamlSource,
  problems: Problem[],
): { file: FileConfig; faulty: ReadonlySet<unknown> } {
  const value = source.value ?? {};
  const whole = fileSchema.safeParse(value, { error: wording });
  if (whole.success) return { file: whole.data, faulty: new Set() };
  const findings = whole.error.issues.flatMap((issue) => findingsOf(issue));
  // An expansion that failed leaves a text that is wrong for no other reason.
  const failed = new Set(source.problems.map(({ path }) => path));
  problems.push(
    ...findings
      .filter(({ path }) => !failed.has(formatPath(path)))
      .map((finding) => problemAt(source, finding)),
  );
  const faulty = new Set<unknown>(findings.map(({ path }) => path[0]));
  if (faulty.has(undefined)) return { file: {}, faulty };
  // Judged by other defaults than the file means, certificates would seem to have faults.
  if (faulty.has('defaults')) faulty.add('certificates');
  const sound = Object.entries(value).filter(([key]) => !faulty.has(key));
  return { file: fileSchema.parse(Object.fromEntries(sound)), faulty };
}

interface Reported {
  readonly path: ConfigPath;
  readonly part?: 'key' | 'value';
  readonly message: string;
  readonly mend?: string | undefined;
}

function problemAt(source: YamlSource, { path, part, message, mend }: Reported): Problem {
  const { line, column, depth } = source.locate(path, part);
  const problem = { line, column, path: formatPath(existing(path, { depth })), message };
  return mend === undefined ? problem : { ...problem, mend };
}

/** A single entry may stand without its list, and has no index then. */
function existing(path: ConfigPath, { depth }: Pick<Place, 'depth'>): ConfigPath {
  return typeof path[depth] === 'number' ? path.slice(0, depth) : path;
}

function declaredNames(
  value: unknown,
): Pick<ResolveContext, 'issuerTypes' | 'credentialNames' | 'targetNames'> {
  const issuerTypes = new Map<string, 'acme' | 'internal'>();
  for (const [name, { type }] of Object.entries(PREDEFINED_ISSUERS)) issuerTypes.set(name, type);
  for (const [name, entry] of Object.entries(entriesOf(value, 'issuers'))) {
    issuerTypes.set(
      name,
      entriesOf({ entry }, 'entry')['type'] === 'internal' ? 'internal' : 'acme',
    );
  }
  const { delegation: _, ...credentials } = entriesOf(value, 'dns');
  return {
    issuerTypes,
    credentialNames: new Set(Object.keys(credentials)),
    targetNames: new Set(Object.keys(entriesOf(value, 'targets'))),
  };
}

function entriesOf(value: unknown, key: string): Record<string, unknown> {
  const found = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Short when it is below the working directory, where people look. */
function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') ? path : near;
}
