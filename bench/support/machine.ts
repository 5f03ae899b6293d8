/**
 * What a figure means nothing without: the machine, the day and the versions.
 *
 * @module
 */
import { cpus, totalmem } from 'node:os';

const GIBIBYTE = 1_024 ** 3;

export function describeMachine(now: Date = new Date()): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / GIBIBYTE)} GiB`;
  return [
    `date: ${now.toISOString().slice(0, 10)}`,
    `machine: ${cores.length} cores, ${model}, ${memory}, ${process.platform} ${process.arch}`,
    `node: ${process.versions.node}`,
  ].join('\n');
}
