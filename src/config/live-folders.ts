/**
 * Where certbot, Caddy and acme.sh keep the certificates that they have obtained.
 *
 * @module
 */
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AppError, systemCode } from '../core/errors.ts';
import type { Environment } from './environment.ts';

export const LIVE_PROGRAMS = ['certbot', 'caddy', 'acme.sh'] as const;
export type LiveProgram = (typeof LIVE_PROGRAMS)[number];

/** The files of one certificate; whether they are any good is for the reader to find out. */
export interface LiveCertificate {
  readonly chainFile: string;
  readonly keyFile: string;
}

export interface LiveFolder {
  readonly directory: string;
  readonly certificates: readonly LiveCertificate[];
}

type Place = Pick<Environment, 'cwd' | 'home' | 'isRoot' | 'dataHome'>;

const MOST_ENTRIES = 100_000;
/** Caddy's own CA: such certificates last for hours, and nobody outside trusts them. */
const CADDY_INTERNAL = 'local';

/** @throws `file/unreadable` when the folder is not there, `input/invalid` when it holds none. */
export function findLiveCertificates(
  program: LiveProgram,
  given: string | undefined,
  place: Place,
): LiveFolder {
  const directory =
    given === undefined ? usualDirectory(program, place) : resolve(place.cwd, given);
  const certificates = FINDERS[program](directory);
  if (certificates.length > 0) return { directory, certificates };
  throw new AppError('input/invalid', `${directory} holds no certificates of ${program}`, {
    mend: `Name the folder of ${program} that has ${SIGNS[program]}.`,
    context: { directory },
  });
}

const FINDERS: Readonly<Record<LiveProgram, (directory: string) => LiveCertificate[]>> = {
  certbot: certbotCertificates,
  caddy: caddyCertificates,
  'acme.sh': acmeShCertificates,
};

const SIGNS: Readonly<Record<LiveProgram, string>> = {
  certbot: 'live/NAME/fullchain.pem',
  caddy: 'certificates/CA/NAME/NAME.crt',
  'acme.sh': 'NAME/fullchain.cer or NAME_ecc/fullchain.cer',
};

function usualDirectory(program: LiveProgram, { home, isRoot, dataHome }: Place): string {
  if (program === 'certbot') return '/etc/letsencrypt';
  if (program === 'acme.sh') return join(home, '.acme.sh');
  const ofService = '/var/lib/caddy/.local/share/caddy';
  return isRoot && existsSync(ofService) ? ofService : join(dataHome, 'caddy');
}

/** `live/NAME/` has links to the newest files in `archive/NAME/`. */
function certbotCertificates(directory: string): LiveCertificate[] {
  const live = below(directory, 'live');
  return foldersOf(live).map((name) => ({
    chainFile: join(live, name, 'fullchain.pem'),
    keyFile: join(live, name, 'privkey.pem'),
  }));
}

/** `certificates/CA/NAME/NAME.crt`, where a wildcard is `wildcard_.example.com`. */
function caddyCertificates(directory: string): LiveCertificate[] {
  const certificates = below(directory, 'certificates');
  return foldersOf(certificates)
    .filter((ca) => ca !== CADDY_INTERNAL)
    .flatMap((ca) =>
      foldersOf(join(certificates, ca)).map((name) => ({
        chainFile: join(certificates, ca, name, `${name}.crt`),
        keyFile: join(certificates, ca, name, `${name}.key`),
      })),
    );
}

/** `NAME/` with RSA and `NAME_ecc/` with EC keys, among the program's own folders. */
function acmeShCertificates(directory: string): LiveCertificate[] {
  return foldersOf(directory).flatMap((folder) => {
    const keyFile = join(directory, folder, `${folder.replace(/_ecc$/, '')}.key`);
    if (!existsSync(keyFile)) return [];
    return [{ chainFile: join(directory, folder, 'fullchain.cer'), keyFile }];
  });
}

/** The inner folder was named, or the one around it. */
function below(directory: string, inner: string): string {
  return basename(directory) === inner ? directory : join(directory, inner);
}

function foldersOf(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (cause) {
    const reason = systemCode(cause) === 'ENOENT' ? 'it does not exist' : String(systemCode(cause));
    throw new AppError('file/unreadable', `cannot read ${directory}: ${reason}`, {
      mend: 'Name the right folder, and run certctl as a user that may read it.',
      context: { directory },
      cause,
    });
  }
  if (entries.length > MOST_ENTRIES) {
    throw new AppError('input/invalid', `${directory} has more than ${MOST_ENTRIES} entries`);
  }
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  return folders.map(({ name }) => name).toSorted();
}
