import { once } from 'node:events';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SILENT } from '../../test/support/terminator.ts';
import { systemClock } from '../core/clock.ts';
import { parseName } from '../core/names.ts';
import type { Endpoint } from '../feed/feed.ts';
import { read } from '../observe/counts.ts';
import { AccessLog } from './access-log.ts';
import { Observation } from './observation.ts';

const CLIENT = {
  clientAddress: '127.0.0.1',
  clientPort: 1,
  localAddress: '127.0.0.1',
  localPort: 443,
};
const LISTENER = { address: '127.0.0.1', port: 443, protocol: 'tls' } as const;
const MORE_THAN_A_REPORT_HOLDS = 1_005;

function endpointNamed(host: string): Endpoint {
  return { host: parseName(host), protocol: 'tls', upstreams: [] };
}

describe('Observation', () => {
  it('keeps apart the open connections of endpoints that are counted as one', async () => {
    const observation = new Observation({
      clock: systemClock,
      accessLog: new AccessLog(SILENT),
      tracer: () => undefined,
    });
    const connect = (host: string): Socket => {
      const raw = new Socket();
      const visit = observation.open(raw, CLIENT, LISTENER);
      // The feed makes a new object for each look-up.
      observation.assign(visit, endpointNamed(host));
      return raw;
    };
    const sockets = Array.from({ length: MORE_THAN_A_REPORT_HOLDS }, (_, index) =>
      connect(`host${index}.example.com`),
    );
    const [busy, quiet] = ['host1003.example.com', 'host1004.example.com'];
    sockets.push(connect(busy), connect(busy));
    expect(observation.openConnectionsOf(endpointNamed(busy))).toBe(3);
    expect(observation.openConnectionsOf(endpointNamed(quiet))).toBe(1);

    const others = observation.rows().find(([endpoint]) => endpoint === '(others)');
    // The first is what belongs to no endpoint.
    const named = 999;
    expect(read(others?.[1] ?? [], 'open')).toEqual({ value: sockets.length - named });

    for (const raw of sockets) {
      const closed = once(raw, 'close');
      raw.destroy();
      await closed;
    }
    expect(observation.openConnectionsOf(endpointNamed(busy))).toBe(0);
    expect(observation.rows().every(([, row]) => row[0] === 0)).toBe(true);
  });
});
