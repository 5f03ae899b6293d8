/**
 * What the process was started with: the only reader of `process.env`.
 *
 * @module
 */
import { availableParallelism, homedir } from 'node:os';
import { isatty } from 'node:tty';

export interface Environment {
  /** All variables, for `${VAR}` in the configuration. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** The parent of our own data directory when we are not root. */
  readonly dataHome: string;
  /** `$CERTCTL_CONFIG` */
  readonly configPath: string | undefined;
  /** `$CERTCTL_SERVER`, `$CERTCTL_TOKEN_FILE`, `$CERTCTL_SERVER_CA_BUNDLE` */
  readonly server?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly serverCaBundle?: string | undefined;
  /** `$PATH` */
  readonly searchPath: string | undefined;
  /** `$NO_COLOR` */
  readonly noColor: boolean;
  readonly isRoot: boolean;
  readonly processors: number;
  readonly terminal: { readonly stdout: boolean; readonly stderr: boolean };
}

const STDOUT = 1;
const STDERR = 2;

export function readEnvironment(): Environment {
  const variables = { ...process.env };
  const home = given(variables['HOME']) ?? homedir();
  const dataHome = given(variables['XDG_DATA_HOME']);
  return {
    variables,
    cwd: process.cwd(),
    home,
    // XDG base directories: a relative path is invalid there and is ignored.
    dataHome: dataHome?.startsWith('/') === true ? dataHome : `${home}/.local/share`,
    configPath: given(variables['CERTCTL_CONFIG']),
    server: given(variables['CERTCTL_SERVER']),
    tokenFile: given(variables['CERTCTL_TOKEN_FILE']),
    serverCaBundle: given(variables['CERTCTL_SERVER_CA_BUNDLE']),
    searchPath: given(variables['PATH']),
    noColor: given(variables['NO_COLOR']) !== undefined,
    isRoot: process.geteuid?.() === 0,
    processors: availableParallelism(),
    terminal: { stdout: isatty(STDOUT), stderr: isatty(STDERR) },
  };
}

/** An empty variable counts as one that is not set. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
