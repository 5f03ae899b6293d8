/**
 * The access log of a configuration: one place, a file or standard output.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { AccessLogSettings } from '../terminator/access-log.ts';
import type { FileAccessLog } from './access-log-schema.ts';
import type { ResolveContext } from './resolve-context.ts';

export function resolveAccessLog(
  given: FileAccessLog | undefined,
  context: ResolveContext,
): AccessLogSettings | undefined {
  if (given === undefined) return undefined;
  const { path, stdout = false, sample = 1, query = false } = given;
  if (stdout && path !== undefined) {
    context.report(['accessLog', 'stdout'], 'stands beside path', 'Remove one of the two.');
  }
  if (!stdout && path === undefined) {
    const mend = 'Add path: with a file, or stdout: true.';
    context.report(['accessLog'], 'says nowhere to write to', mend);
  }
  return {
    ...(path === undefined ? {} : { path: resolve(context.directory, path) }),
    sample,
    query,
  };
}
