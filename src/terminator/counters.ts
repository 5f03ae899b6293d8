/**
 * What a terminator counts since its start.
 *
 * @module
 */

export interface Counters {
  /** Connections that are open. */
  open: number;
  accepted: number;
  /** Closed at accept, for the limits of connections. */
  turnedAway: number;
  /** Ended because a proxy sent no PROXY header, a wrong one, or only a part of one. */
  badProxyHeaders: number;
  /** Ended before the server name was known: too slow, too long, or no TLS. */
  badHellos: number;
  /** Answered with an alert of ours. */
  refused: number;
  handshakes: number;
  resumedHandshakes: number;
  failedHandshakes: number;
  passedThrough: number;
  acmeAnswers: number;
  requests: number;
  upstreamFailures: number;
  /** Upstreams in use that cannot be connected to, or fail their checks. */
  upstreamsDown: number;
  /** Lines of the access log that could not be written. */
  lostLines: number;
}

export function createCounters(): Counters {
  return {
    open: 0,
    accepted: 0,
    turnedAway: 0,
    badProxyHeaders: 0,
    badHellos: 0,
    refused: 0,
    handshakes: 0,
    resumedHandshakes: 0,
    failedHandshakes: 0,
    passedThrough: 0,
    acmeAnswers: 0,
    requests: 0,
    upstreamFailures: 0,
    upstreamsDown: 0,
    lostLines: 0,
  };
}
