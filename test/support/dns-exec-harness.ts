/**
 * A program for the `exec` DNS provider that keeps records in a file, one `NAME VALUE` a line.
 *
 * @module
 */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { settingsSchema } from '../../src/dns/exec/metadata.ts';
import { createExecProvider } from '../../src/dns/exec/provider.ts';
import type { DnsProviderHarness, DnsScenario } from '../../src/dns/provider.contract.ts';
import { openTempDir } from './temp-dir.ts';

export async function openExecHarness(
  scenario: DnsScenario,
): Promise<DnsProviderHarness & { readonly zoneFile: string }> {
  const directory = await openTempDir();
  const program = directory.file('dns-program');
  const zoneFile = directory.file('zone');
  await writeFile(zoneFile, '');
  await writeFile(program, PROGRAM);
  await chmod(program, 0o755);
  const provider = createExecProvider(
    settingsSchema.parse({
      program,
      environment: {
        ZONE_FILE: zoneFile,
        EXIT_STATUS: `${FAULTS[scenario] ?? ''}`,
        SCENARIO: scenario,
      },
    }),
  );
  return {
    provider,
    zoneFile,
    values: async (name) =>
      (await readFile(zoneFile, 'utf8'))
        .split('\n')
        .filter((line) => line.startsWith(`${name} `))
        .map((line) => line.slice(name.length + 1)),
    assertComplete: () => {},
    [Symbol.asyncDispose]: async () => {
      await provider.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const FAULTS: Partial<Record<DnsScenario, number>> = {
  'unknown-zone': 68,
  'rate-limited': 75,
  'refused-credential': 77,
};

const PROGRAM = `#!/bin/sh
set -eu
[ -z "$EXIT_STATUS" ] || exit "$EXIT_STATUS"
[ "$SCENARIO" != silent ] || sleep 60
line="$2 $3"
case $1 in
  add) grep -qxF -e "$line" "$ZONE_FILE" || printf '%s\\n' "$line" >> "$ZONE_FILE" ;;
  remove) grep -vxF -e "$line" "$ZONE_FILE" > "$ZONE_FILE.new" || true; mv "$ZONE_FILE.new" "$ZONE_FILE" ;;
esac
`;
