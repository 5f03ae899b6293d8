/**
 * A small DNS server with records of its own, over UDP and TCP, on a loopback port.
 *
 * @module
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server } from 'node:net';

export interface DnsRecord {
  readonly name: string;
  readonly type: 'SOA' | 'NS' | 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'CAA';
  /** As in a zone file without quotation marks; an SOA record needs none. CAA: `0 issue ca.example`. */
  readonly value: string;
}

export interface DnsServer extends AsyncDisposable {
  /** `ip:port`. */
  readonly address: string;
  /** May be changed at any time. */
  readonly records: DnsRecord[];
  /** `NAME TYPE` of every question, in order. */
  readonly questions: string[];
  /** Answers every question with REFUSED. */
  refuses: boolean;
  /** Names whose every question is answered with SERVFAIL. */
  readonly failing: Set<string>;
}

export async function startDnsServer(records: readonly DnsRecord[]): Promise<DnsServer> {
  const tcp = createServer();
  const udp = createSocket('udp4');
  const port = await bindBoth(tcp, udp);
  const server: DnsServer = {
    address: `127.0.0.1:${port}`,
    records: [...records],
    questions: [],
    refuses: false,
    failing: new Set(),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([
        new Promise((resolve) => tcp.close(resolve)),
        new Promise<void>((resolve) => udp.close(resolve)),
      ]);
    },
  };
  udp.on('message', (query, from) => udp.send(answer(server, query, 512), from.port, from.address));
  tcp.on('connection', (socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const length = received.readUInt16BE(0);
        const message = answer(server, received.subarray(2, 2 + length), 65_535);
        socket.write(Buffer.concat([uint16(message.length), message]));
        received = received.subarray(2 + length);
      }
    });
  });
  return server;
}

async function bindBoth(tcp: Server, udp: UdpSocket): Promise<number> {
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(port, '127.0.0.1', resolve);
  });
  return port;
}

function answer(server: DnsServer, query: Buffer, mostOctets: number): Buffer {
  const { name, type, question } = readQuestion(query);
  server.questions.push(`${name} ${type}`);
  if (server.refuses) return reply(query, question, REFUSED, []);
  if (server.failing.has(name)) return reply(query, question, SERVER_FAILURE, []);
  const exists = server.records.some(
    (record) => record.name === name || record.name.endsWith(`.${name}`),
  );
  const found = server.records.filter(
    (record) => record.name === name && (record.type === type || record.type === 'CNAME'),
  );
  const rcode = exists ? NO_ERROR : NAME_ERROR;
  const full = reply(query, question, rcode, found.map(encodeRecord));
  return full.length <= mostOctets ? full : reply(query, question, rcode | TRUNCATED, []);
}

function reply(query: Buffer, question: Buffer, flags: number, answers: Buffer[]): Buffer {
  return Buffer.concat([
    query.subarray(0, 2),
    uint16(RESPONSE_WITH_AUTHORITY | flags),
    uint16(1),
    uint16(answers.length),
    uint16(0),
    uint16(0),
    question,
    ...answers,
  ]);
}

function readQuestion(query: Buffer): { name: string; type: string; question: Buffer } {
  const labels: string[] = [];
  let at = HEADER_OCTETS;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = query.readUInt16BE(at + 1);
  const type = Object.entries(TYPES).find(([, value]) => value === number)?.[0] ?? `${number}`;
  const question = query.subarray(HEADER_OCTETS, at + 5);
  return { name: labels.join('.').toLowerCase(), type, question };
}

function encodeRecord({ name, type, value }: DnsRecord): Buffer {
  const data = ENCODERS[type](value);
  return Buffer.concat([
    encodeName(name),
    uint16(TYPES[type]),
    uint16(CLASS_IN),
    uint16(0),
    uint16(TTL_SECONDS),
    uint16(data.length),
    data,
  ]);
}

const ENCODERS: Record<DnsRecord['type'], (value: string) => Buffer> = {
  A: (value) => Buffer.from(value.split('.').map(Number)),
  AAAA: (value) => {
    const groups = value.split(':').map((group) => group.padStart(4, '0'));
    return Buffer.from(groups.join(''), 'hex');
  },
  NS: encodeName,
  CNAME: encodeName,
  SOA: () =>
    Buffer.concat([
      encodeName('ns.example.com'),
      encodeName('root.example.com'),
      Buffer.alloc(5 * 4, 1),
    ]),
  CAA: (value) => {
    const [, flags = '0', tag = '', data = ''] = /^(\d+) (\S+) (.*)$/s.exec(value) ?? [];
    return Buffer.concat([Buffer.of(Number(flags), tag.length), Buffer.from(tag + data, 'latin1')]);
  },
  TXT: (value) => {
    const strings = (value.match(/.{1,255}/gs) ?? ['']).map((part) => Buffer.from(part, 'latin1'));
    return Buffer.concat(strings.flatMap((part) => [Buffer.of(part.length), part]));
  },
};

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.of(label.length), label]),
    Buffer.of(0),
  ]);
}

function uint16(value: number): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(value);
  return octets;
}

const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, CAA: 257 };
const CLASS_IN = 1;
const HEADER_OCTETS = 12;
const TTL_SECONDS = 60;
const RESPONSE_WITH_AUTHORITY = 0x84_00;
const TRUNCATED = 0x02_00;
const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NAME_ERROR = 3;
const REFUSED = 5;
