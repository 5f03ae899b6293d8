import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { readClientHello } from '../../src/wire/client-hello.ts';
import type { ClientHello } from '../../src/wire/client-hello.ts';
import {
  alpnExtension,
  helloMessage,
  inRecords,
  preSharedKeyExtension,
  serverNameExtension,
  sessionTicketExtension,
  signatureAlgorithmsExtension,
  supportedVersionsExtension,
} from '../support/client-hello-bytes.ts';
import { CLIENT_HELLO_VECTORS } from '../support/client-hello-vectors.ts';

const RECORD_HEADER = 5;
const LONGEST_HELLO = 16_384;

const anyVector = fc.constantFrom(...CLIENT_HELLO_VECTORS.map(({ bytes }) => bytes));
const cutsBelow = (length: number, most: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(length), { maxLength: most });

/** A result or the reason of the one error that is allowed; anything else fails the property. */
function outcome(bytes: Uint8Array): ClientHello | string {
  try {
    return readClientHello(bytes);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'peer/client-hello') {
      return `refused: ${String(thrown.context['reason'])}`;
    }
    throw thrown;
  }
}

const isHello = (result: ClientHello | string): result is ClientHello => typeof result !== 'string';

const isRefusal = (result: ClientHello | string): boolean =>
  typeof result === 'string' && result.startsWith('refused');

/** Bytes that get past the first checks: real messages with a few octets changed. */
const nearlyValid = fc
  .tuple(
    anyVector,
    fc.array(fc.tuple(fc.nat(2_100), fc.nat(255)), { minLength: 1, maxLength: 6 }),
    fc.nat(2_100),
  )
  .map(([vector, changes, cut]) => {
    const bytes = Buffer.from(vector);
    for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
    return bytes.subarray(0, Math.max(1, cut));
  });

const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .uint8Array({ maxLength: 400 })
    .map((bytes) => inRecords(Buffer.concat([Buffer.of(1, 0, 1, 0x40), bytes]))),
  fc
    .uint8Array({ minLength: LONGEST_HELLO, maxLength: LONGEST_HELLO + 9 })
    .map((bytes) => Buffer.concat([Buffer.of(22, 3, 1), bytes])),
  nearlyValid,
);

describe('readClientHello', () => {
  it('gives the same value however TCP cuts the stream, and incomplete before it is whole', () => {
    fc.assert(
      fc.property(
        anyVector,
        cutsBelow(2_100, 20),
        fc.uint8Array({ maxLength: 50 }),
        (vector, cuts, more) => {
          for (const cut of cuts) {
            const arrived = vector.subarray(0, cut);
            expect(outcome(arrived)).toEqual(
              cut < vector.length ? 'incomplete' : readClientHello(vector),
            );
          }
          expect(outcome(Buffer.concat([vector, more]))).toEqual(readClientHello(vector));
        },
      ),
    );
  });

  it.each(CLIENT_HELLO_VECTORS)('calls every truncation of $name incomplete', ({ bytes }) => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(outcome(bytes.subarray(0, length))).toBe('incomplete');
    }
  });

  it('calls every truncation of a message of nearly 16 KiB incomplete, in one record or many', () => {
    const message = helloMessage({ extensions: [[21, Buffer.alloc(15_800)]] });
    const cuts = Array.from({ length: 60 }, (_, index) => (index + 1) * 200);
    for (const bytes of [inRecords(message), inRecords(message, cuts)]) {
      const results = Array.from(bytes, (_, length) => outcome(bytes.subarray(0, length)));
      expect(new Set(results)).toEqual(new Set(['incomplete']));
      expect(outcome(bytes)).toMatchObject({ length: bytes.length });
    }
  });

  it('gives the same value however the message is spread over records', () => {
    fc.assert(
      fc.property(anyVector, cutsBelow(2_100, 60), fc.nat(2_400), (vector, cuts, arrived) => {
        const bytes = inRecords(vector.subarray(RECORD_HEADER), cuts);
        expect(outcome(bytes)).toEqual({
          ...(outcome(vector) as ClientHello),
          length: bytes.length,
        });
        expect(outcome(bytes.subarray(0, arrived % bytes.length))).toBe('incomplete');
      }),
    );
  });

  it('answers any bytes with a value, incomplete or one kind of error, within its bound', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(hostile, (bytes) => {
        const result = outcome(bytes);
        seen.add(isHello(result) ? 'value' : result);
        const taken = isHello(result) ? result.length : 0;
        expect(taken).toBeLessThanOrEqual(Math.min(bytes.length, LONGEST_HELLO));
        expect(result === 'incomplete' && bytes.length >= LONGEST_HELLO).toBe(false);
      }),
      { numRuns: 3_000 },
    );
    expect([...seen].toSorted()).toEqual(
      expect.arrayContaining(['incomplete', 'refused: malformed', 'value']),
    );
  });

  it('never changes its mind: more bytes leave a value or an error as it is', () => {
    fc.assert(
      fc.property(hostile, fc.uint8Array({ maxLength: 300 }), (bytes, more) => {
        const result = outcome(bytes);
        fc.pre(result !== 'incomplete');
        const later = outcome(Buffer.concat([bytes, more]));
        expect(isHello(result) || isRefusal(later)).toBe(true);
        expect(isRefusal(result) || isDeepStrictEqual(later, result)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not read past the end of a view', () => {
    fc.assert(
      fc.property(
        fc.oneof(hostile, anyVector),
        fc.nat(255),
        fc.nat(2_100),
        (bytes, poison, cut) => {
          const buffer = Buffer.alloc(bytes.length + 600, poison);
          buffer.set(bytes, 300);
          const length = Math.min(cut, bytes.length);
          expect(outcome(buffer.subarray(300, 300 + length))).toEqual(
            outcome(Uint8Array.from(bytes.subarray(0, length))),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads back what a client wrote', () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,20}$/);
    const serverName = fc
      .tuple(label, label, fc.constantFrom('com', 'example', 'museum'))
      .map((labels) => labels.join('.'));
    const numbers = fc.array(fc.integer({ min: 0x0300, max: 0x0900 }), {
      minLength: 1,
      maxLength: 40,
    });
    const anyOctets = fc
      .uint8Array({ minLength: 1, maxLength: 30 })
      .map((octets) => Buffer.from(octets).toString('latin1'));
    const protocols = fc.array(anyOctets, {
      minLength: 1,
      maxLength: 10,
    });
    const tickets = fc.tuple(
      fc.string({ maxLength: 20 }),
      fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 }),
    );
    const padding = fc.uint8Array({ maxLength: 2_000 });
    fc.assert(
      fc.property(
        serverName,
        numbers,
        numbers,
        numbers,
        protocols,
        padding,
        tickets,
        fc.infiniteStream(fc.nat()),
        (name, versions, suites, schemes, alpn, zeros, [ticket, identities], order) => {
          const extensions = [
            serverNameExtension(name),
            supportedVersionsExtension(...versions),
            signatureAlgorithmsExtension(...schemes),
            alpnExtension(...alpn),
            [21, zeros] as const,
            sessionTicketExtension(ticket),
          ];
          const shuffled = extensions
            .map((extension) => ({ extension, rank: order.next().value ?? 0 }))
            .toSorted((left, right) => left.rank - right.rank)
            .map(({ extension }) => extension);
          // RFC 8446 §4.2.11: the last one always.
          shuffled.push(preSharedKeyExtension(...identities));
          expect(
            outcome(inRecords(helloMessage({ cipherSuites: suites, extensions: shuffled }))),
          ).toMatchObject({
            serverName: name,
            supportedVersions: versions,
            cipherSuites: suites,
            signatureSchemes: schemes,
            alpnProtocols: alpn,
            sessionTickets: [ticket, ...identities]
              .filter((one) => one !== '')
              .map((one) => new TextEncoder().encode(one)),
          });
        },
      ),
    );
  });
});
