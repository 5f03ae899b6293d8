/**
 * A process that issues by the internal CA, again and again with one control plane:
 * `internal-issuing.ts DATA_DIR PREFIX COUNT`.
 *
 * @module
 */
import { openInternalControl } from './internal-control.ts';

const [, , dataDir = '', prefix = '', count = '0'] = process.argv;
await using control = await openInternalControl(dataDir);
for (let number = 0; number < Number(count); number += 1) {
  await control.issue(`${prefix}${number}.example.com`);
  process.stdout.write(`issued ${number}\n`);
}
