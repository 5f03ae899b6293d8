/**
 * The terminator's settings of a configuration: where it listens, and what it does without a name.
 *
 * @module
 */
import type { Endpoint } from '../feed/feed.ts';
import { DEFAULT_LIMITS } from '../terminator/settings.ts';
import type { TerminatorConfig } from './config.ts';
import type { FileConfig } from './file-schema.ts';
import { resolveAccessLog } from './resolve-access-log.ts';
import type { ResolveContext } from './resolve-context.ts';
import { HTTPS_PORT, resolveListeners } from './resolve-listeners.ts';
import { resolveNoServerName } from './resolve-no-server-name.ts';

/** @param endpoints `undefined` when the file's endpoints have faults that hide their hosts */
export function resolveTerminator(
  file: Pick<FileConfig, 'accessLog' | 'endpoints' | 'limits' | 'listeners' | 'tls'>,
  endpoints: readonly Endpoint[] | undefined,
  context: ResolveContext,
): TerminatorConfig {
  const accessLog = resolveAccessLog(file.accessLog, context);
  const listeners = resolveListeners(file, endpoints, context);
  return {
    listeners,
    noServerName: resolveNoServerName(file.tls?.noServerName, ['tls'], endpoints, context),
    limits: file.limits ?? DEFAULT_LIMITS,
    ...(accessLog === undefined ? {} : { accessLog }),
    httpsPort: listeners.find(({ protocol }) => protocol === 'tls')?.port ?? HTTPS_PORT,
    ...(context.isFips ? { isFips: true } : {}),
  };
}
