/**
 * The checks of this machine's set-up. No I/O.
 *
 * @module
 */
import { kindOf } from './checks.ts';
import type { MachineFacts } from './facts.ts';
import { type CheckName, type Finding, failure, ok, warning } from './finding.ts';

export type MachineCheck = (facts: MachineFacts) => Finding[];

const MEBIBYTE = 1024 * 1024;
/** Room for the write-ahead log of a large store. */
const SCARCE_BYTES = 256 * MEBIBYTE;
/** Below that a single order may fail. */
const TOO_FEW_BYTES = 16 * MEBIBYTE;
const MOST_FAULTS = 3;

export const dataDirectoryIsPrivate: MachineCheck = ({ dataDir: { path, found } }) => {
  const check = 'data-directory';
  if (found === undefined) return [warning(check, path, 'does not exist; the first use makes it')];
  const shown = (found.mode & 0o777).toString(8).padStart(4, '0');
  if ((found.mode & 0o022) !== 0) {
    const message = `is writable for other users (mode ${shown})`;
    return [failure(check, 'configuration', path, message, `Run: chmod 0700 ${path}`)];
  }
  if ((found.mode & 0o055) !== 0) {
    const message = `can be entered by other users (mode ${shown})`;
    return [warning(check, path, message, `Run: chmod 0700 ${path}`)];
  }
  return [ok(check, path, `is for its owner alone (mode ${shown})`)];
};

export const diskHasSpace: MachineCheck = ({ dataDir: { path, found } }) => {
  if (found === undefined) return [];
  const { freeBytes } = found;
  const message = `${Math.floor(freeBytes / MEBIBYTE)} MiB are free`;
  const mend = 'Make space on the disk of the data directory.';
  if (freeBytes < TOO_FEW_BYTES) {
    return [failure('free-space', 'configuration', path, message, mend)];
  }
  if (freeBytes < SCARCE_BYTES) return [warning('free-space', path, message, mend)];
  return [ok('free-space', path, message)];
};

export const databaseIsSound: MachineCheck = ({ dataDir: { path }, databaseFaults }) => {
  if (databaseFaults === undefined) return [];
  if (databaseFaults.length === 0) return [ok('database', path, 'SQLite finds nothing wrong')];
  const message = `SQLite finds faults: ${databaseFaults.slice(0, MOST_FAULTS).join('; ')}`;
  return [failure('database', 'configuration', path, message, 'Restore it from a backup.')];
};

/** What keeps the control plane from opening is told by the part that it belongs to. */
export const controlPlaneOpens: MachineCheck = ({ dataDir: { path }, openFault }) => {
  if (openFault === undefined) return [ok('keyring', path, 'opens what is sealed in the database')];
  const area = openFault.code.split('/')[0];
  const check: CheckName =
    area === 'keyring' ? 'keyring' : area === 'store' ? 'database' : 'data-directory';
  return [failure(check, kindOf(openFault), path, openFault.message, openFault.mend)];
};

export const daemonRuns: MachineCheck = ({ dataDir: { path }, hasDaemon }) =>
  hasDaemon
    ? [ok('daemon', path, 'certctl serve runs')]
    : [
        warning(
          'daemon',
          path,
          'no daemon runs: nothing renews by itself',
          'Run certctl serve as a service, or certctl renew --due once an hour.',
        ),
      ];
