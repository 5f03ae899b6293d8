/**
 * The messages of a feed between two processes.
 *
 * @module
 */
import { z } from 'zod';
import { CHALLENGE_TYPES } from '../../core/certificate-spec.ts';
import type { Name } from '../../core/names.ts';
import type { WireError } from '../../core/error-wire.ts';
import {
  type ChallengeAnswer,
  ENDPOINT_PROTOCOLS,
  type FeedChange,
  type FeedEntry,
} from '../feed.ts';
import { tlsPolicy } from './tls-policy.ts';
import { upstreamGroupShape } from './upstream-group.ts';
import { wireError } from '../wire-error.ts';

// Both ends are ours and of one version, so that a name was parsed before it was sent.
const name = z.custom<Name>((value) => typeof value === 'string');
const id = z.int().nonnegative();

const query = z.discriminatedUnion('type', [
  z.object({ type: z.literal(CHALLENGE_TYPES[0]), token: z.string() }),
  z.object({ type: z.literal(CHALLENGE_TYPES[1]), name }),
]);

/** From the data plane. */
const requestMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('lookup'),
    id,
    name,
    client: z.object({ clientAddress: z.string().max(64).exactOptional() }).exactOptional(),
  }),
  z.object({ kind: z.literal('find-answer'), id, query }),
]);
export type RequestMessage = z.infer<typeof requestMessage>;

const entry = z.object({
  endpoint: z.object({
    host: name,
    protocol: z.enum(ENDPOINT_PROTOCOLS),
    terminate: tlsPolicy.exactOptional(),
    terminateAt: z.record(z.string(), tlsPolicy).exactOptional(),
    ...upstreamGroupShape,
    hsts: z.string().exactOptional(),
    redirect: z
      .object({ location: z.string(), keepsPath: z.boolean(), status: z.int() })
      .exactOptional(),
  }),
  credentials: z.array(
    z.object({
      fingerprint256: z.string(),
      names: z.array(name),
      keyAlgorithm: z.enum(['ec', 'rsa']),
      notAfter: z.number(),
      chainPem: z.string(),
      privateKeyPem: z.string(),
    }),
  ),
  isPending: z.literal(true).exactOptional(),
});

const answer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('http-01'), keyAuthorization: z.string() }),
  z.object({
    type: z.literal('tls-alpn-01'),
    certificatePem: z.string(),
    privateKeyPem: z.string(),
  }),
]);

/** From the control plane. Without `entry` or `answer` there is none. */
export type ReplyMessage =
  | { readonly kind: 'entry'; readonly id: number; readonly entry?: FeedEntry }
  | { readonly kind: 'answer'; readonly id: number; readonly answer?: ChallengeAnswer }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'changed'; readonly change: FeedChange };

/** `undefined` for what is no message of ours. */
export function findReply(message: unknown): ReplyMessage | undefined {
  return replyMessage.safeParse(message).data;
}

export function findRequest(message: unknown): RequestMessage | undefined {
  return requestMessage.safeParse(message).data;
}

const replyMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('entry'), id, entry: entry.exactOptional() }),
  z.object({ kind: z.literal('answer'), id, answer: answer.exactOptional() }),
  z.object({ kind: z.literal('error'), id, error: wireError }),
  z.object({
    kind: z.literal('changed'),
    change: z.union([z.literal('everything'), z.object({ names: z.array(name) })]),
  }),
]);
