/**
 * What a browser keeps while it is away at the provider: sealed, so that nobody else can make one.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Clock, MINUTE_MS, SECOND_MS } from '../../core/clock.ts';

/** What the answer of the provider has to fit. */
export interface Flow {
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636: proves at the end that it was us who began. */
  readonly codeVerifier: string;
}

export interface FlowCookies {
  seal(flow: Flow): string;
  /** `undefined` for what is not of this process, or too old. */
  open(text: string): Flow | undefined;
}

export const FLOW_COOKIE = '__Host-certctl-sign-in';
/** So long a person may take at the provider. */
export const FLOW_MS = 10 * MINUTE_MS;
export const FLOW_SECONDS = FLOW_MS / SECOND_MS;

const CIPHER = 'aes-256-gcm';
const KEY_OCTETS = 32;
const IV_OCTETS = 12;
const TAG_OCTETS = 16;
const LONGEST = 2_000;

const flowSchema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  endsAt: z.int(),
});

/** With a key of this process: after a restart everybody begins again. */
export function createFlowCookies(clock: Clock): FlowCookies {
  const key = randomBytes(KEY_OCTETS);
  return {
    seal(flow) {
      const iv = randomBytes(IV_OCTETS);
      const cipher = createCipheriv(CIPHER, key, iv);
      const text = JSON.stringify({ ...flow, endsAt: clock.now().getTime() + FLOW_MS });
      const sealed = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(sealed).toString('base64url');
    },
    open(text) {
      const bytes = Buffer.from(text.slice(0, LONGEST), 'base64url');
      if (bytes.length <= IV_OCTETS + TAG_OCTETS) return undefined;
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_OCTETS));
        decipher.setAuthTag(bytes.subarray(-TAG_OCTETS));
        const plain = [decipher.update(bytes.subarray(IV_OCTETS, -TAG_OCTETS)), decipher.final()];
        const { endsAt, ...flow } = flowSchema.parse(JSON.parse(Buffer.concat(plain).toString()));
        return endsAt > clock.now().getTime() ? flow : undefined;
      } catch {
        // Cut, changed, or sealed by the process before this one.
        return undefined;
      }
    },
  };
}
