/**
 * An issuer whose every attempt a test writes down, signing with an authority of its own.
 *
 * @module
 */
import { DAY_MS } from '../../src/core/clock.ts';
import type {
  CountedIssuer,
  Issuer,
  ObtainRequest,
  ObtainedChain,
  RenewalInfoAnswer,
} from '../../src/issuers/issuer.ts';
import { type Authority, createRoot, signLeaf } from '../../src/pki/authority.ts';
import type { Name } from '../../src/core/names.ts';

/** What one attempt does; `sign` is what a sound CA would do with the request. */
export type Attempt = (
  request: ObtainRequest,
  sign: Sign,
  signal: AbortSignal,
) => Promise<ObtainedChain>;
export type Sign = (change?: Partial<SignRequest>) => Promise<ObtainedChain>;

interface SignRequest {
  readonly csr: Uint8Array;
  readonly names: readonly Name[];
  readonly now: Date;
}

export interface ScriptedIssuer extends Issuer {
  readonly rootPem: string;
  /** The requests of all attempts so far. */
  readonly requests: readonly ObtainRequest[];
  readonly rehearsed: readonly ObtainRequest[];
}

export interface Scripts {
  /** The last one stands for all that follow. */
  readonly attempts: readonly [Attempt, ...Attempt[]];
  readonly now: () => Date;
  readonly renewalInfo?: () => Promise<RenewalInfoAnswer>;
  readonly counted?: CountedIssuer;
  /** What orders at a staging directory do; the last one stands for all that follow. */
  readonly rehearsals?: readonly Attempt[];
  readonly countedRehearsal?: CountedIssuer;
  readonly lifetimeMs?: number;
}

export const LIFETIME_MS = 90 * DAY_MS;

export async function createScriptedIssuer(
  name: string,
  {
    attempts,
    now,
    renewalInfo,
    rehearsals,
    counted,
    countedRehearsal,
    lifetimeMs = LIFETIME_MS,
  }: Scripts,
): Promise<ScriptedIssuer> {
  const root: Authority = await createRoot({ commonName: name, now: now() });
  const requests: ObtainRequest[] = [];
  const rehearsed: ObtainRequest[] = [];
  const signerFor =
    (request: ObtainRequest): Sign =>
    async (change) => {
      const { csr: csrDer, names, now: at } = { ...request, now: now(), ...change };
      const leaf = { csrDer, names, issuer: root, now: at, lifetimeMs };
      return { chainPem: await signLeaf(leaf) };
    };
  return {
    name,
    rootPem: root.certificatePem,
    requests,
    rehearsed,
    check: () => undefined,
    async obtain(request, signal) {
      const attempt = attempts[requests.length] ?? attempts.at(-1);
      requests.push(request);
      if (counted !== undefined && request.journal.entry.url === undefined) {
        await request.beforeOrder?.({ caaIdentities: [] }, signal);
      }
      return (attempt ?? attempts[0])(request, signerFor(request), signal);
    },
    revoke: async () => undefined,
    ...(rehearsals === undefined
      ? {}
      : {
          rehearsal: {
            ...(countedRehearsal === undefined ? {} : { counted: countedRehearsal }),
            obtain: async (request: ObtainRequest, signal: AbortSignal) => {
              const rehearsal = rehearsals[rehearsed.length] ?? rehearsals.at(-1);
              rehearsed.push(request);
              if (request.journal.entry.url === undefined) {
                await request.beforeOrder?.({ caaIdentities: [] }, signal);
              }
              return (rehearsal ?? attempts[0])(request, signerFor(request), signal);
            },
          },
        }),
    ...(renewalInfo === undefined ? {} : { renewalInfo }),
    ...(counted === undefined ? {} : { counted }),
    close: async () => undefined,
  };
}
