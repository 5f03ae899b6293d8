/**
 * The captured ClientHello messages of `test/vectors/client-hello`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = new URL('../vectors/client-hello/', import.meta.url);

const number = z
  .string()
  .regex(/^[0-9a-f]{4}$/)
  .transform((text) => Number.parseInt(text, 16));

const expectedSchema = z.record(
  z.string(),
  z.strictObject({
    serverName: z.string().nullable(),
    alpnProtocols: z.array(z.string()),
    supportedVersions: z.array(number),
    cipherSuites: z.array(number),
    signatureSchemes: z.array(number),
    length: z.int(),
    postQuantumKeyShare: z.boolean(),
    sessionTickets: z.array(z.hex()).default([]),
  }),
);

const expectedByName = expectedSchema.parse(
  JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8')),
);

export const CLIENT_HELLO_VECTORS = Object.entries(expectedByName).map(([name, expected]) => ({
  name,
  expected,
  bytes: Buffer.from(
    readFileSync(new URL(`${name}.hex`, FOLDER), 'utf8').replaceAll('\n', ''),
    'hex',
  ),
}));
