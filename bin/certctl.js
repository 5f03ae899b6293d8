#!/usr/bin/env node
// Runs on any Node, so that one that is too old gets help instead of a syntax error.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire, enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;

if (Number(process.versions.node.split('.')[0]) >= OLDEST) await start();
else startWithPinned();

async function start() {
  enableCompileCache?.();
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
    process.stderr.write(
      `certctl: error: Node ${process.versions.node} is too old\n  mend: install Node ${OLDEST} or newer\n`,
    );
    process.exitCode = 78;
    return;
  }
  const child = spawnSync(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = child.status ?? 70;
}

/** The Node that the clone installs for itself. */
function findPinned() {
  try {
    const name = `node-linux-${process.arch}/package.json`;
    const folder = new URL('.', `file://${createRequire(import.meta.url).resolve(name)}`);
    return fileURLToPath(new URL('bin/node', folder));
  } catch {
    return undefined;
  }
}
