#!/usr/bin/env node
// Runs on any Node, so that one that is too old gets help instead of a syntax error: what only newer
// ones have is not imported by name.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;

if (Number(process.versions.node.split('.')[0]) >= OLDEST) await start();
else startWithPinned();

async function start() {
  nodeModule.enableCompileCache?.();
  // A clone runs its sources; a package carries the compiled program only.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = await import(
    existsSync(fileURLToPath(source))
      ? source.href
      : new URL('../dist/cli/main.js', import.meta.url).href
  );
  await main(process.argv.slice(2));
}

function startWithPinned() {
  const pinned = findPinned();
  if (pinned === undefined) {
    fail(`Node ${process.versions.node} is too old`);
    return;
  }
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(pinned, args, { stdio: 'inherit' });
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR2']) {
    // Ctrl+C reaches both from the terminal, and a second one would mean: at once.
    const isForBoth = signal === 'SIGINT' && process.stdin.isTTY;
    process.on(signal, () => isForBoth || child.kill(signal));
  }
  child.once('error', ({ message }) =>
    fail(`Node ${process.versions.node} is too old, and the one that came along fails: ${message}`),
  );
  child.once('exit', (status, signal) => {
    process.exitCode = status ?? 128 + constants.signals[signal];
  });
}

/** The Node that npm installs beside the program where optional dependencies are not left out. */
function findPinned() {
  try {
    const name = `node-linux-${process.arch}/package.json`;
    const folder = new URL(
      '.',
      `file://${nodeModule.createRequire(import.meta.url).resolve(name)}`,
    );
    return fileURLToPath(new URL('bin/node', folder));
  } catch {
    return undefined;
  }
}

function fail(what) {
  process.stderr.write(`certctl: error: ${what}\n  mend: install Node ${OLDEST} or newer\n`);
  process.exitCode = 78;
}
