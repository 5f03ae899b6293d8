/**
 * The program that `tryConfig` starts: proves FIPS mode in its own process and prints what it found.
 *
 * @module
 */
import { toAppError } from '../core/errors.ts';
import { proveFips } from './prove.ts';

const report = await proveFips().then(
  (abilities) => ({ abilities }),
  (thrown: unknown) => ({ fault: toAppError(thrown).message }),
);
process.stdout.write(JSON.stringify(report));
