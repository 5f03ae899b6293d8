import { describe, expect, it } from 'vitest';
import type { ListenerSettings } from '../settings.ts';
import { WorkerStarter, type WorkerStarterOptions } from './worker-starter.ts';

const HTTPS: ListenerSettings = { address: '0.0.0.0', port: 443, protocol: 'tls' };
const HTTP: ListenerSettings = { address: '0.0.0.0', port: 80, protocol: 'http' };
const HANDED_OVER = [{ address: '::', port: 443, descriptor: 3 }];
const NOBODY = { uid: 65_534, gid: 65_534 };

const starter = (options: Partial<WorkerStarterOptions>): WorkerStarter =>
  new WorkerStarter({
    entry: 'worker.js',
    release: '1.0.0',
    logLevel: 'info',
    ownVariables: [],
    socketDir: '/run/certctl',
    canSharePorts: true,
    serveFeed: () => {},
    ...options,
  });

describe('WorkerStarter', () => {
  it.each([
    [{}, [HTTPS, HTTP], true],
    [{ inherited: HANDED_OVER }, [HTTPS, HTTP], true],
    [{ canSharePorts: false }, [HTTPS, HTTP], true],
    [{ canSharePorts: false, inherited: HANDED_OVER }, [HTTPS], true],
    [{ canSharePorts: false, inherited: HANDED_OVER }, [HTTPS, HTTP], false],
  ])('%# knows whether several workers can listen', (options, listeners, expected) => {
    expect(starter(options).canShare(listeners)).toBe(expected);
  });

  it.each([
    [{}, true],
    [{ runAs: NOBODY }, false],
    [{ inherited: HANDED_OVER }, false],
    [{ canSharePorts: false, runAs: NOBODY }, true],
    [{ canSharePorts: false, inherited: HANDED_OVER }, false],
  ])('%# knows whether a worker can listen at another address', (options, expected) => {
    expect(starter(options).canMove).toBe(expected);
  });
});
