/**
 * The IPC channel of a process as a `Channel`: ours to the parent, or a child's to us.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import type { Channel } from '../../src/feed/channel.ts';

type Peer = Pick<NodeJS.Process, 'send' | 'connected'> & NodeJS.EventEmitter;

export function processChannel(peer: ChildProcess | NodeJS.Process): Channel {
  const ipc = peer as Peer;
  return {
    send: (message) => {
      // The channel can close between this look and the write, which is then reported here.
      if (ipc.connected) ipc.send?.(message, undefined, undefined, () => {});
    },
    onMessage: (listener) => {
      ipc.on('message', listener);
      return () => void ipc.off('message', listener);
    },
    onClose: (listener) => {
      if (!ipc.connected) {
        listener();
        return () => {};
      }
      ipc.once('disconnect', listener);
      return () => void ipc.off('disconnect', listener);
    },
  };
}
