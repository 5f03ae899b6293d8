/**
 * The demo's client: real TLS connections that trust the internal CA alone.
 *
 * @module
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type TLSSocket, connect } from 'node:tls';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly rootFile: string;
}

export interface Seen {
  readonly protocol: string;
  readonly alpn: string;
  readonly names: string;
  readonly serial: string;
  readonly answer: string;
}

export function say(message: string): void {
  console.log(`demo: ${message}`);
}

/** One request on a connection of its own, with what the handshake showed. */
export async function connectTls(target: Target): Promise<Seen> {
  const socket = await handshake(target);
  const certificate = socket.getPeerCertificate();
  const seen = {
    protocol: socket.getProtocol() ?? '?',
    alpn: socket.alpnProtocol || '',
    names: certificate.subjectaltname ?? '?',
    serial: certificate.serialNumber,
  };
  socket.write(request(target, 'close'));
  return { ...seen, answer: bodyOf(await text(socket)) };
}

/** A connection that has begun its request, and ends it later. */
export async function openRequest(target: Target): Promise<{ finish(): Promise<string> }> {
  const socket = await handshake(target);
  const [head, end] = request(target, 'close').split('\r\nConnection');
  socket.write(head ?? '');
  return {
    finish: async () => {
      socket.write(`\r\nConnection${end ?? ''}`);
      return bodyOf(await text(socket));
    },
  };
}

async function handshake({ host, port, rootFile }: Target): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: host,
    ca: readFileSync(rootFile),
    ALPNProtocols: ['http/1.1'],
  });
  await once(socket, 'secureConnect');
  return socket;
}

function request({ host, port }: Target, connection: string): string {
  return `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: ${connection}\r\n\r\n`;
}

function bodyOf(response: string): string {
  const body = response.split('\r\n\r\n').slice(1).join('\r\n\r\n');
  return (response.includes('chunked') ? (body.split('\r\n')[1] ?? '') : body).trim();
}
