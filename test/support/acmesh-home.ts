/**
 * A small stand-in for an installed acme.sh: what its scripts rely on, and one script that keeps
 * records in a file.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { openTempDir, type TempDir } from './temp-dir.ts';

export interface AcmeShHome extends AsyncDisposable {
  readonly path: string;
  /** One `NAME VALUE` a line. */
  readonly zoneFile: string;
  /** A place for the private folders of calls. */
  readonly scratchDir: string;
  /** Adds a script to `dnsapi`. */
  addScript(name: string, text: string): Promise<void>;
}

export async function openAcmeShHome(interpreter = '#!/usr/bin/env sh'): Promise<AcmeShHome> {
  const directory: TempDir = await openTempDir();
  await mkdir(directory.file('dnsapi'));
  await mkdir(directory.file('scratch'));
  await writeFile(directory.file('zone'), '');
  await writeFile(directory.file('acme.sh'), `${interpreter}\n${ENTRY}`);
  const addScript = (name: string, text: string): Promise<void> =>
    writeFile(directory.file(`dnsapi/${name}.sh`), text);
  await addScript('dns_file', FILE_SCRIPT);
  return {
    path: directory.path,
    zoneFile: directory.file('zone'),
    scratchDir: directory.file('scratch'),
    addScript,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

/** Runs its first argument as a function, and keeps configuration in files that it evaluates. */
const ENTRY = `
_printargs() { [ "\${NO_TIMESTAMP:-}" = 1 ] || printf '[%s] ' "$(date)"; printf '%s\\n' "$1"; }
_info() { _printargs "$@"; }
_err() { _printargs "$@" >&2; return 1; }
_save_conf() { printf "%s='%s'\\n" "$2" "$3" >> "$1"; }
_read_conf() { [ -f "$1" ] && sed -n "s/^$2='\\(.*\\)'$/\\1/p" "$1"; }
_clear_conf() { [ -f "$1" ] && sed -i "/^$2=/d" "$1"; }
_saveaccountconf_mutable() { _save_conf "$ACCOUNT_CONF_PATH" "SAVED_$1" "$2"; }
_readaccountconf_mutable() { _read_conf "$ACCOUNT_CONF_PATH" "SAVED_$1"; }
main() {
  if [ -z "$1" ]; then echo 'Usage: acme.sh <command>'; return; fi
  "$@"
}
main "$@"
`;

const FILE_SCRIPT = `#!/usr/bin/env sh
dns_file_info='A file
Options:
 FILE_Token The token.
 FILE_Zone The file.
'
_file_start() {
  FILE_Token="\${FILE_Token:-$(_readaccountconf_mutable FILE_Token)}"
  if [ -z "$FILE_Token" ]; then _err 'You must give FILE_Token.'; return 1; fi
  _saveaccountconf_mutable FILE_Token "$FILE_Token"
  echo "$FILE_Token" > "$HTTP_HEADER"
  case "$1" in *.example.com) ;; *) _err 'invalid domain'; return 1 ;; esac
  [ "\${FILE_Mode:-}" != silent ] || sleep 60
}
dns_file_add() {
  _file_start "$1" || return 1
  grep -qxF -e "$1 $2" "$FILE_Zone" || echo "$1 $2" >> "$FILE_Zone"
}
dns_file_rm() {
  _file_start "$1" || return 1
  grep -vxF -e "$1 $2" "$FILE_Zone" > "$FILE_Zone.new"
  mv "$FILE_Zone.new" "$FILE_Zone"
}
`;
