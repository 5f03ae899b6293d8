/**
 * `certctl config check|schema`
 *
 * @module
 */
import type { Command } from 'commander';
import { systemClock } from '../../core/clock.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';

export function addConfig(program: Command): void {
  const config = program.command('config').description('The configuration file.');
  addCheck(config);
  addSchema(config);
}

function addCheck(config: Command): void {
  const command = config
    .command('check')
    .summary('check the configuration file')
    .description(
      'Reads the configuration file as certctl serve does, and changes nothing. ' +
        'Warnings do not make it invalid.',
    );
  withCommonOptions(command).action((options: CommonOptions) =>
    runAction(options, async ({ loadConfig, output }) => {
      const read = await loadConfig();
      const { certificates, endpoints, terminator } = read;
      const file = read.source.path;
      // A tcp endpoint stands among the endpoints of the file, and is a listener otherwise.
      const ports = terminator.listeners.filter(({ protocol }) => protocol === 'tcp').length;
      const count = {
        certificates: certificates.length,
        endpoints: endpoints.length + ports,
        listeners: terminator.listeners.length - ports,
      };
      const { warningsOf } = await import('../../config/warnings.ts');
      const warnings = warningsOf(read, systemClock);
      for (const { subject, message, mend } of warnings) {
        output.progress({ step: 'warning', message: `${subject} ${message}\n  mend: ${mend}` });
      }
      const counted = Object.entries(count).map(([what, many]) => `${what}: ${many}`);
      output.result(
        { file: file ?? null, valid: true, ...count, warnings },
        file === undefined
          ? 'no configuration file: the defaults are in force'
          : `${file} is valid (${counted.join(', ')})`,
      );
      return undefined;
    }),
  );
}

function addSchema(config: Command): void {
  const command = config
    .command('schema')
    .summary('print the JSON Schema of the configuration file')
    .description(
      'Prints the JSON Schema of certctl.yaml. An editor uses it when the file begins with: ' +
        '# yaml-language-server: $schema=certctl.schema.json',
    );
  withCommonOptions(command).action((options: CommonOptions) =>
    runAction(options, async ({ output }) => {
      const { jsonSchema } = await import('../../config/json-schema.ts');
      const schema = jsonSchema();
      output.result(schema, JSON.stringify(schema, undefined, 2));
      return undefined;
    }),
  );
}
