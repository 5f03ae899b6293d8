/**
 * A request on its way to an upstream, and what comes back, whichever protocol the upstream speaks.
 *
 * @module
 */
import type { FlatHeaders } from './flat-headers.ts';
import type { ResponseHeaders } from './forwarded-headers.ts';
import type { RequestBody } from './request-body.ts';

export interface UpstreamRequest {
  /** Its address, or the /64 of it. */
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: RequestBody | undefined;
  /** The length of the body is not known. */
  readonly mayHaveTrailers: boolean;
  /** Asked for when the body has ended. */
  readonly trailers: () => FlatHeaders;
  /** The client waits for a word before it sends the body (RFC 9110 §10.1.1). */
  readonly expectsContinue: boolean;
}

export interface ResponseSink {
  /** How to give the request up, and how to go on after `onData` said stop. Called first. */
  onStart(control: { abort(): void; resume(): void }): void;
  /** An interim response; 101 never comes here. */
  onInformation(status: number, headers: ResponseHeaders): void;
  onResponse(status: number, headers: ResponseHeaders, form: ResponseForm): void;
  /** False: stop until `resume`. */
  onData(chunk: Buffer): boolean;
  onEnd(trailers: ResponseHeaders): void;
  /** Nothing follows. */
  onError(error: Error): void;
}

export interface ResponseForm {
  /** Nothing follows, not even trailers. */
  readonly isComplete: boolean;
  readonly mayHaveTrailers: boolean;
}
