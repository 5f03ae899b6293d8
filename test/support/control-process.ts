/**
 * The program of a process that starts workers for names that it does not know, and says when they
 * listen.
 *
 * @module
 */
import { createMemoryFeed } from './memory-feed.ts';
import { startAt, type WorkersPlace } from './running-workers.ts';

const place = JSON.parse(process.argv[2] ?? '') as WorkersPlace;
const { pids } = await startAt(place, createMemoryFeed());
process.stdout.write(`workers ${pids.join(' ')}\n`);
// They hold nobody: a control process has work of its own.
setInterval(() => {}, 60_000);
