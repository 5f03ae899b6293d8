/**
 * The program of a terminator worker: composed here, started by a control process.
 *
 * @module
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createIpcFeed } from '../feed/ipc/ipc-feed.ts';
import { createLog } from '../observe/log.ts';
import { runWorker } from '../terminator/workers/run-worker.ts';
import { warmUp } from '../terminator/workers/warm-up.ts';
import { parseWorkerStart, workerSocketPath } from '../terminator/workers/worker-options.ts';

// The control process decides when to end; a Ctrl-C in a terminal, and its end, reach both.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

// Node ends a process that has its sockets from another one when that other ends, unless it is told
// that this is meant.
if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;

const OWNER_ONLY_UMASK = 0o077;
process.umask(OWNER_ONLY_UMASK);

const start = parseWorkerStart(process.argv[2]);
const socketPath = workerSocketPath(start.socketDir, process.pid);
const server = createServer();
const finished = runWorker({
  start,
  server,
  socketPath,
  createFeed: (channel) => createIpcFeed(channel),
  log: createLog(start.logLevel, 'terminator'),
});
if (start.runAs !== undefined) await warmUp(`${socketPath}.warm`);
// Its own also where the control process makes the others.
server.listen({ path: socketPath, exclusive: true });
await once(server, 'listening');
// Everything else is said over the socket.
process.send?.('listening');
await finished;
process.exit();
