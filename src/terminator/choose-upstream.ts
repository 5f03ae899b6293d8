/**
 * Which upstream of a group gets the next connection or request.
 *
 * @module
 */

export interface UpstreamState {
  /** Connections and requests in progress. */
  readonly open: number;
  /** Milliseconds since 1970; it could not be connected to, and is left alone until then. */
  readonly downUntil: number;
  /** The last check beside the traffic failed. */
  readonly isUnhealthy: boolean;
  /** Grows with every choice; 0 before the first. */
  readonly chosenAt: number;
}

/**
 * The least busy of those that are well; of equal ones the one that waits the longest. When none is
 * well all count: a refused connection is better tried again than not at all, and a check can err.
 *
 * @returns the index; `undefined` for no states.
 */
export function chooseUpstream(states: readonly UpstreamState[], now: number): number | undefined {
  let best: number | undefined;
  for (const [index, state] of states.entries()) {
    const rival = best === undefined ? undefined : states[best];
    if (rival === undefined || isBetter(state, rival, now)) best = index;
  }
  return best;
}

export function isWell({ downUntil, isUnhealthy }: UpstreamState, now: number): boolean {
  return !isUnhealthy && downUntil <= now;
}

function isBetter(left: UpstreamState, right: UpstreamState, now: number): boolean {
  const wellness = Number(isWell(left, now)) - Number(isWell(right, now));
  if (wellness !== 0) return wellness > 0;
  if (left.open !== right.open) return left.open < right.open;
  return left.chosenAt < right.chosenAt;
}
