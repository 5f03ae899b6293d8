/**
 * The program of a terminator worker: composed here, run by its control process.
 *
 * @module
 */
import { createIpcFeed } from '../feed/ipc/ipc-feed.ts';
import { createLog, LOG_LEVELS } from '../observe/log.ts';
import { processChannel } from '../terminator/workers/process-channel.ts';
import { runWorker } from '../terminator/workers/run-worker.ts';

// The control process decides when to end; a Ctrl-C in a terminal reaches both.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

const level = LOG_LEVELS.find((known) => known === process.argv[2]) ?? 'info';
await runWorker({
  channel: processChannel(process),
  createFeed: (channel) => createIpcFeed(channel),
  log: createLog(level, 'terminator'),
});
process.exit();
