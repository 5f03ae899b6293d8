/**
 * Clients of the terminator: one connection at a time, one that stays, many that never stop.
 *
 * @module
 */
import { once } from 'node:events';
import { type TLSSocket, connect } from 'node:tls';

export interface TlsTarget {
  /** 127.0.0.1 without it. */
  readonly address?: string;
  readonly port: number;
  readonly host: string;
  /** PEM of the only root that is trusted. */
  readonly roots: string;
  readonly alpn?: readonly string[];
}

/** Resolves when the handshake has succeeded. */
export async function connectTls({
  address = '127.0.0.1',
  port,
  host,
  roots,
  alpn,
}: TlsTarget): Promise<TLSSocket> {
  const socket = connect({
    host: address,
    port,
    servername: host,
    ca: roots,
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
  });
  await once(socket, 'secureConnect');
  return socket;
}

/** The serial number, in upper-case hexadecimal, that a fresh handshake shows. */
export async function wireSerial(target: TlsTarget): Promise<string> {
  const socket = await connectTls(target);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** Sends `line` to an echoing upstream and waits until it comes back. */
export async function echo(socket: TLSSocket, line: string): Promise<void> {
  const closing = new AbortController();
  const onClose = (): void => closing.abort(new Error('closed before the line came back'));
  socket.once('close', onClose);
  socket.write(`${line}\n`);
  let received = '';
  while (!received.includes(`${line}\n`)) {
    const [chunk] = (await once(socket, 'data', { signal: closing.signal })) as [Buffer];
    received += chunk.toString();
  }
  socket.off('close', onClose);
}
