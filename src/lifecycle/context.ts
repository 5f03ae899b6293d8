/**
 * What the lifecycle works with, given by the composition root.
 *
 * @module
 */
import type { Clock, Random } from '../core/clock.ts';
import type { Name } from '../core/names.ts';
import type { Tracer } from '../observe/tracing/tracer.ts';
import type { IssuerSource } from '../issuers/issuer.ts';
import type { SealedKeys } from './sealed-keys.ts';
import type { OrderPermit } from './on-demand/order-permit.ts';
import type { Preflight } from './preflight/preflight.ts';
import type { CertificateRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

export interface LifecycleContext {
  readonly store: Store;
  readonly keys: SealedKeys;
  readonly issuers: IssuerSource;
  readonly preflight: Preflight;
  /** Asked before a certificate that clients brought about is ordered; without it none is. */
  readonly permitOrder?: (
    certificate: CertificateRecord,
    signal: AbortSignal,
  ) => Promise<OrderPermit>;
  /** Absent: nobody traces orders and deployments. */
  readonly tracer?: Tracer | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Called after a commit that changes what is served under `names`. */
  readonly onChanged: (names: readonly Name[]) => void;
}
