/**
 * Builds ClientHello messages, right and wrong ones, for tests of what reads them.
 *
 * @module
 */

export interface HelloParts {
  readonly legacyVersion?: number;
  readonly sessionId?: Uint8Array;
  readonly cipherSuites?: readonly number[];
  readonly compressionMethods?: Uint8Array;
  /** `undefined` leaves out the whole block. */
  readonly extensions?: readonly Extension[] | undefined;
}

export type Extension = readonly [type: number, content: Uint8Array];

/** The handshake message: type, length, body. */
export function helloMessage(parts: HelloParts = {}): Buffer {
  const { extensions } = parts;
  const body = Buffer.concat([
    uint16(parts.legacyVersion ?? 0x0303),
    Buffer.alloc(32, 0x5a),
    vector8(parts.sessionId ?? Buffer.alloc(32, 1)),
    vector16(uint16s(parts.cipherSuites ?? [0x1301, 0xc02b])),
    vector8(parts.compressionMethods ?? Buffer.of(0)),
    extensions === undefined
      ? Buffer.alloc(0)
      : vector16(
          Buffer.concat(
            extensions.map(([type, content]) => Buffer.concat([uint16(type), vector16(content)])),
          ),
        ),
  ]);
  return Buffer.concat([Buffer.of(1, body.length >> 16), uint16(body.length & 0xffff), body]);
}

/** `payload` in records that end at `cuts` and at its end. */
export function inRecords(payload: Uint8Array, cuts: readonly number[] = []): Buffer {
  const ends = [
    ...new Set([...cuts.filter((cut) => cut > 0 && cut < payload.length), payload.length]),
  ];
  let start = 0;
  const records = ends
    .toSorted((left, right) => left - right)
    .map((end) => {
      const fragment = payload.subarray(start, end);
      start = end;
      return Buffer.concat([Buffer.of(22, 3, 1), vector16(fragment)]);
    });
  return Buffer.concat(records);
}

export function serverNameExtension(...names: readonly string[]): Extension {
  const entries = names.map((name) =>
    Buffer.concat([Buffer.of(0), vector16(Buffer.from(name, 'latin1'))]),
  );
  return [0, vector16(Buffer.concat(entries))];
}

export function alpnExtension(...protocols: readonly string[]): Extension {
  return [
    16,
    vector16(Buffer.concat(protocols.map((protocol) => vector8(Buffer.from(protocol, 'latin1'))))),
  ];
}

export function supportedVersionsExtension(...versions: readonly number[]): Extension {
  return [43, vector8(uint16s(versions))];
}

export function signatureAlgorithmsExtension(...schemes: readonly number[]): Extension {
  return [13, vector16(uint16s(schemes))];
}

export function sessionTicketExtension(ticket: string): Extension {
  return [35, Buffer.from(ticket)];
}

export function preSharedKeyExtension(...identities: readonly string[]): Extension {
  const age = Buffer.alloc(4);
  const list = identities.map((one) => Buffer.concat([vector16(Buffer.from(one)), age]));
  const binders = identities.map(() => vector8(Buffer.alloc(32)));
  return [41, Buffer.concat([vector16(Buffer.concat(list)), vector16(Buffer.concat(binders))])];
}

export function vector8(content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(content.length), content]);
}

export function vector16(content: Uint8Array): Buffer {
  return Buffer.concat([uint16(content.length), content]);
}

function uint16s(numbers: readonly number[]): Buffer {
  return Buffer.concat(numbers.map(uint16));
}

function uint16(number: number): Buffer {
  return Buffer.of(number >> 8, number & 0xff);
}
