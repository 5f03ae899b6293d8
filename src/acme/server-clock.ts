/**
 * How far the CA's clock is ahead of ours, by the Date headers of its answers.
 *
 * @module
 */
import type { Transport } from './transport.ts';

export interface ClockWatch {
  readonly transport: Transport;
  /** By the newest answer; `undefined` before the first one. To the second, as the header is. */
  readonly aheadMs: () => number | undefined;
}

export function watchServerClock(transport: Transport): ClockWatch {
  let aheadMs: number | undefined;
  return {
    aheadMs: () => aheadMs,
    transport: {
      send: async (request, signal) => {
        const response = await transport.send(request, signal);
        const date = Date.parse(response.headers['date'] ?? '');
        if (!Number.isNaN(date)) aheadMs = date - response.receivedAt.getTime();
        return response;
      },
      [Symbol.asyncDispose]: async () => transport[Symbol.asyncDispose](),
    },
  };
}
