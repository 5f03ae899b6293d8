import { describe, expect, it } from 'vitest';
import { findClientConnection } from './client-connection.ts';

const LOCAL = { localAddress: '::1', localPort: 443 };

describe('findClientConnection', () => {
  it('shows the IPv4 address of a client that came to a socket for both families', () => {
    const raw = {
      remoteAddress: '::ffff:192.0.2.7',
      remotePort: 4_000,
      localAddress: '::ffff:192.0.2.1',
      localPort: 443,
    };
    expect(findClientConnection(raw)).toEqual({
      clientAddress: '192.0.2.7',
      clientPort: 4_000,
      localAddress: '192.0.2.1',
      localPort: 443,
    });
  });

  it('leaves an IPv6 address as it is, and finds nobody on a closed socket', () => {
    const raw = {
      remoteAddress: '2001:db8::ffff',
      remotePort: 1,
      localAddress: '::1',
      localPort: 2,
    };
    expect(findClientConnection(raw)?.clientAddress).toBe('2001:db8::ffff');
    const gone = { remoteAddress: undefined, remotePort: undefined, ...LOCAL };
    expect(findClientConnection(gone)).toBeUndefined();
  });
});
