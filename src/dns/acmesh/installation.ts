/**
 * What of an acme.sh that is installed here a call needs.
 *
 * @module
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, systemCode } from '../../core/errors.ts';

export interface Installation {
  /** The program that runs acme.sh, with its arguments. */
  readonly interpreter: readonly [string, ...string[]];
  readonly entry: string;
  readonly script: string;
}

/** @throws `dns/unavailable` when there is no such acme.sh or script. */
export async function findInstallation(home: string, script: string): Promise<Installation> {
  const entry = join(home, 'acme.sh');
  const first = await readFirstLine(entry, `cannot read acme.sh in ${home}`, {
    mend: 'Give the folder in which acme.sh is installed, and let certctl read it.',
  });
  const file = join(home, 'dnsapi', `${script}.sh`);
  await readFirstLine(file, `cannot read the script ${script} in ${join(home, 'dnsapi')}`, {
    mend: 'Give the name of a file in the folder dnsapi of acme.sh, without ".sh".',
  });
  return { interpreter: interpreterOf(first), entry, script: file };
}

async function readFirstLine(
  file: string,
  attempt: string,
  { mend }: { readonly mend: string },
): Promise<string> {
  try {
    await using handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_LINE_OCTETS), 0);
    return buffer.toString('latin1', 0, bytesRead).split('\n')[0] ?? '';
  } catch (thrown) {
    throw new AppError('dns/unavailable', `${attempt}: ${systemCode(thrown) ?? 'unreadable'}`, {
      mend,
      context: { file },
      cause: thrown,
    });
  }
}

/** acme.sh names the best shell of the machine at its installation; many scripts rely on bash. */
function interpreterOf(line: string): [string, ...string[]] {
  const [, program, argument] = /^#!\s*(\/\S+)(?:[ \t]+([\w./-]+))?\s*$/.exec(line) ?? [];
  if (program === undefined) return ['/bin/sh'];
  return argument === undefined ? [program] : [program, argument];
}

const MOST_LINE_OCTETS = 256;
