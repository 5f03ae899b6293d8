/**
 * A TLS client whose connection ends after a certain octet, in the middle of whatever it is.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';
import { type Leaving, leave, linger, openSocket } from './attack.ts';

export interface Cut {
  /** Offered by ALPN. */
  readonly protocol: string | undefined;
  readonly side: 'sent' | 'received';
  /** So many octets of TLS. */
  readonly after: number;
  readonly leaving: Leaving;
}

/** Says what both HTTP versions begin with, and goes on until the cut. */
export async function openCutTls(
  port: number,
  options: ConnectionOptions,
  cut: Cut,
): Promise<void> {
  const { protocol } = cut;
  const raw = await openSocket(port);
  const pipe = new CutPipe(raw, cut);
  const client = connect({
    ...options,
    ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
    socket: pipe,
    rejectUnauthorized: false,
  });
  client.on('error', () => {});
  client.write(
    protocol === 'h2'
      ? 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'
      : 'POST / HTTP/1.1\r\nHost: web.example.com\r\nContent-Length: 5000\r\n\r\nabc',
  );
  const timer = setTimeout(() => raw.destroy(), CONNECTION_MS);
  await Promise.race([pipe.cutOff, linger(raw, CONNECTION_MS)]);
  await leave(raw, cut.leaving, LEAVE_MS);
  clearTimeout(timer);
  client.destroy();
  pipe.destroy();
}

const CONNECTION_MS = 400;
const LEAVE_MS = 200;

class CutPipe extends Duplex {
  readonly cutOff: Promise<void>;
  readonly #raw: Socket;
  readonly #cut: Cut;
  readonly #finish: () => void;
  readonly #passed = { sent: 0, received: 0 };

  constructor(raw: Socket, cut: Cut) {
    super();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.cutOff = promise;
    this.#finish = resolve;
    this.#raw = raw;
    this.#cut = cut;
    this.on('error', () => {});
    raw.on('data', (chunk: Buffer) => {
      const taken = this.#take('received', chunk);
      if (taken.length > 0) this.push(taken);
    });
    raw.on('close', () => this.push(null));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const taken = this.#take('sent', chunk);
    if (taken.length > 0 && this.#raw.writable) this.#raw.write(taken);
    done();
  }

  #take(side: Cut['side'], chunk: Buffer): Buffer {
    const room = side === this.#cut.side ? this.#cut.after - this.#passed[side] : chunk.length;
    const taken = chunk.subarray(0, Math.max(0, room));
    this.#passed[side] += taken.length;
    if (taken.length < chunk.length) this.#finish();
    return taken;
  }
}
