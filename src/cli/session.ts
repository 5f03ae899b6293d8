/**
 * What every command works in: options, configuration, output, and the control plane, which is the
 * daemon's where one runs and this process's own otherwise.
 *
 * @module
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Operations } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import { type Environment, readEnvironment } from '../config/environment.ts';
import { systemClock } from '../core/clock.ts';
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { EXIT_DONE, EXIT_INTERRUPTED, exitCodeOf } from './exit-code.ts';
import { type Output, createOutput } from './output.ts';
import { connectTo, type RemoteOptions, serverOf } from './remote-daemon.ts';

export interface CommonOptions extends RemoteOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export interface Session {
  readonly common: CommonOptions;
  readonly environment: Environment;
  readonly output: Output;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** The operations are those of a daemon elsewhere. */
  readonly isRemote: boolean;
  readonly loadConfig: () => Promise<Config>;
  /** Closed at the end of the command. */
  readonly operations: () => Promise<Operations>;
}

/** Resolves to nothing for success, or to an exit status of its own. */
export type Action = (session: Session) => Promise<number | undefined>;

export const SOCKET = 'certctl.sock';

/** Adds the options that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (default: $CERTCTL_CONFIG, ./certctl.yaml, …)')
    .option('--data-dir <dir>', 'database, keys and socket (default: dataDir of the configuration)')
    .option('--server <url>', 'API of a daemon elsewhere (default: $CERTCTL_SERVER)')
    .option('--token-file <file>', 'token for it (default: $CERTCTL_TOKEN_FILE)')
    .option('--server-ca-bundle <file>', 'PEM file of roots to trust for it')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print details of errors');
}

/** Runs a command to its exit status; prints its error, if it has one. */
export async function runAction(common: CommonOptions, action: Action): Promise<void> {
  const environment = readEnvironment();
  const output = createOutput({
    isJson: common.json === true,
    isQuiet: common.quiet === true,
    isVerbose: common.verbose === true,
    hasColor: {
      stdout: environment.terminal.stdout && !environment.noColor,
      stderr: environment.terminal.stderr && !environment.noColor,
    },
  });
  const interruption = new AbortController();
  const interrupt = (): void => {
    // The second one is for what the first one did not end.
    if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interruption.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  const closing: (() => Promise<void>)[] = [];
  const session = openSession({
    common,
    environment,
    output,
    signal: interruption.signal,
    closing,
  });
  try {
    process.exitCode = (await action(session)) ?? EXIT_DONE;
  } catch (thrown) {
    if (isAbort(thrown, interruption.signal)) {
      output.note('interrupted: what was begun is kept, the same command goes on with it');
      process.exitCode = EXIT_INTERRUPTED;
    } else {
      const error = toAppError(thrown);
      output.error(error);
      process.exitCode = exitCodeOf(error);
    }
  } finally {
    for (const close of closing.toReversed()) await close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

interface SessionParts {
  readonly common: CommonOptions;
  readonly environment: Environment;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly closing: (() => Promise<void>)[];
}

function openSession({ closing, ...parts }: SessionParts): Session {
  const { common, environment, output, signal } = parts;
  let config: Promise<Config> | undefined;
  const loadOnce = (): Promise<Config> => (config ??= loadAndEnterFips(common, environment));
  const server = serverOf(common, environment);
  return {
    ...parts,
    isRemote: server !== undefined,
    async loadConfig() {
      if (common.server !== undefined) throw notThere();
      return loadOnce();
    },
    async operations() {
      if (server !== undefined) return connectTo(server, common, environment);
      const loaded = await loadOnce();
      // What one side does not need it does not load: a second of start-up is a long second.
      const { connectDaemon } = await import('../api/client.ts');
      const daemon = await connectDaemon(join(loaded.dataDir, SOCKET));
      if (daemon !== undefined) return daemon;
      const { traceCommand } = await import('../main/tracing.ts');
      const tracing = traceCommand(loaded, output.progress);
      if (tracing !== undefined) closing.push(() => tracing.close());
      const { openControl } = await import('../main/control.ts');
      const control = await openControl(
        { config: loaded, hasTerminator: false, clock: systemClock, tracer: tracing?.tracer },
        signal,
      );
      closing.push(() => control.close());
      const { localOperations } = await import('../main/local-operations.ts');
      return localOperations(control);
    },
  };
}

function notThere(): AppError {
  return new AppError('usage/invalid', 'this needs the configuration and data of this machine', {
    mend: 'Leave out --server, and run it on the machine of the daemon.',
  });
}

/** Nothing that makes, opens or checks keys comes before this. */
async function loadAndEnterFips(common: CommonOptions, environment: Environment): Promise<Config> {
  const config = await loadConfigFor(common, environment);
  if (config.fips !== undefined) {
    const { enterFips } = await import('../main/fips.ts');
    await enterFips(config, environment);
  }
  return config;
}

/** The configuration as the options change it. */
export async function loadConfigFor(
  { config, dataDir }: CommonOptions,
  environment: Environment,
): Promise<Config> {
  const { findConfigFile } = await import('../config/find-config-file.ts');
  const { loadConfig } = await import('../config/load-config.ts');
  const path = findConfigFile({ flag: config, environment });
  return loadConfig({ path, environment, dataDir });
}
