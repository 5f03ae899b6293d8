/**
 * A configuration, wherever it was written down: checked, resolved, and refused with every problem.
 *
 * @module
 */
import type { Config } from './config.ts';
import { findingsOf, wording } from './describe-issue.ts';
import type { Environment } from './environment.ts';
import { type FileConfig, fileSchema } from './file-schema.ts';
import { type ConfigPath, type Problem, formatPath, invalidConfig } from './problem.ts';
import type { Supplied } from '../lifecycle/supplied-csr.ts';
import { asksForFips } from './resolve-fips.ts';
import { resolveConfig } from './resolve-config.ts';
import type { ResolveContext } from './resolve-context.ts';
import { PREDEFINED_ISSUERS } from './resolve-issuers.ts';
import type { Place, YamlSource } from './yaml-source.ts';

/** What was written, and where in it things are. */
export type ConfigSource = YamlSource;

export interface ConfigSourceRequest {
  readonly environment: Environment;
  /** Relative paths start here. */
  readonly directory: string;
  readonly dataDir?: string | undefined;
  /** Absolute; absent for what is in no file. */
  readonly sourcePath?: string;
  /** How the source is called in errors. */
  readonly shown: string;
}

/** @throws `config/invalid` with every problem. */
export async function readConfigSource(
  source: ConfigSource,
  { environment, directory, dataDir, sourcePath, shown }: ConfigSourceRequest,
): Promise<Config> {
  const problems = [...source.problems];
  // An expansion that failed leaves a text that is wrong for no other reason.
  const failed = new Set(source.problems.map(({ path }) => path));
  const complain = (finding: Reported): void => {
    const problem = problemAt(source, finding);
    if (!failed.has(problem.path)) problems.push(problem);
  };
  const { file, faulty } = checkShape(source, complain);
  const context: ResolveContext = {
    environment,
    directory,
    report: (path, message, mend) => complain({ path, message, mend }),
    isExpanded: (at) => source.isExpanded(existing(at, source.locate(at))),
    ...declaredNames(source.value),
    files: new Set(),
    isFips: asksForFips(entriesOf(source.value, 'tls')),
  };
  const endpointsAreKnown = !faulty.has('endpoints');
  const requests = await requestsOf(file, context);
  const config = resolveConfig({ file, sourcePath, dataDir, endpointsAreKnown, requests }, context);
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
  source: ConfigSource,
  complain: (finding: Reported) => void,
): { file: FileConfig; faulty: ReadonlySet<unknown> } {
  const value = source.value ?? {};
  const whole = fileSchema.safeParse(value, { error: wording });
  if (whole.success) return { file: whole.data, faulty: new Set() };
  const findings = whole.error.issues.flatMap((issue) => findingsOf(issue));
  for (const finding of findings) complain(finding);
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

function problemAt(source: ConfigSource, { path, part, message, mend }: Reported): Problem {
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
