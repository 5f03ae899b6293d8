/**
 * One row of the table of routes: what it takes, what it answers, what it does.
 *
 * @module
 */
import type { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Reporter } from '../../observe/progress.ts';
import type { Caller } from '../access/caller.ts';
import type { PermissionName } from '../access/permissions.ts';
import type { SignIn } from '../access/sign-in.ts';
import type { Visitor } from '../access/visitor.ts';
import type { Operations } from '../operations.ts';
import type { Jobs } from './jobs.ts';
import type { Streams } from './streams.ts';

/** What a route works with: the operations as its caller may use them. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly visitor: Visitor;
  /** Absent where no browser can sign in. */
  readonly signIn: SignIn | undefined;
  readonly operations: Operations;
  readonly jobs: Jobs;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly requestId: string;
  /** @throws when the daemon cannot do its work now. */
  readonly checkReady: () => Promise<void>;
  /** False when its token has expired or was revoked by now. */
  readonly checkCaller: () => Promise<boolean>;
  readonly ifMatch: string | undefined;
  readonly lastEventId: string | undefined;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status?: number;
  /** JSON, a text of the route's own type, or a stream of such. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

interface RouteShape<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With parameters in braces, as OpenAPI has them. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  /**
   * `public`: for everybody; `visitor`: for everybody, and who is known is known; `anyone`: for every
   * caller that is known.
   */
  readonly access: PermissionName | 'public' | 'visitor' | 'anyone';
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly status: number;
  /** Of the answer's body; absent: it has none. */
  readonly answer?: z.ZodType;
  /** Other than JSON. */
  readonly type?: string;
  /** The answer carries an ETag, and the same ETag is answered with 304. */
  readonly hasEtag?: true;
  readonly setsCookie?: true;
  /** A stream that goes on after the `Last-Event-ID`. */
  readonly hasLastEventId?: true;
  /** `If-Match` is heeded. */
  readonly isConditional?: true;
  /** `secret`: an answer with a secret is not kept for a repeated Idempotency-Key. */
  readonly idempotency?: 'kept' | 'secret';
  /** Beside those that come with authentication, bodies and so on. */
  readonly errors?: readonly ErrorCode[];
}

export interface Route extends RouteShape<z.ZodType, z.ZodType, z.ZodType> {
  handle(call: Call): Promise<Answer>;
}

/** Gives the handler of a route the types of its schemas. */
export function route<
  Params extends z.ZodType = z.ZodUnknown,
  Query extends z.ZodType = z.ZodUnknown,
  Body extends z.ZodType = z.ZodUnknown,
>(
  shape: RouteShape<Params, Query, Body>,
  handle: (call: Call<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<Answer>,
): Route {
  // What the server passes has gone through these very schemas.
  return { ...shape, handle };
}
