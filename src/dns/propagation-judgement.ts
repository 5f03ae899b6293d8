/**
 * Whether what the name servers said is enough to let the CA look.
 *
 * @module
 */

/** What one server said in one poll about one name. */
export type Observation = Answered | Failed;

interface Question {
  readonly server: string;
  readonly name: string;
}

export interface Answered extends Question {
  readonly state: 'answered';
  readonly wanted: number;
  readonly missing: number;
}

export interface Failed extends Question {
  readonly state: 'failed';
  /** The resolver's error code. */
  readonly reason: string;
  /** How many polls in a row it has failed. */
  readonly times: number;
}

export type Judgement =
  | { readonly state: 'visible'; readonly silent: readonly Failed[] }
  | { readonly state: 'waiting'; readonly why: string };

/** A server that fails this often in a row is taken for one that the CA cannot reach either. */
const FAILURES_TOLERATED_AFTER = 2;

/** `observations` has at least one entry for every name. */
export function judgePropagation(observations: readonly Observation[]): Judgement {
  const lacking = observations.filter(lacksValues);
  const failed = observations.filter((seen) => seen.state === 'failed');
  const unconfirmed = [...new Set(observations.map(({ name }) => name))].filter(
    (name) => !observations.some((seen) => seen.name === name && hasAllValues(seen)),
  );
  const undecided = failed.filter(
    ({ name, times }) => times < FAILURES_TOLERATED_AFTER || unconfirmed.includes(name),
  );
  const waitingFor = [...lacking, ...undecided];
  if (waitingFor.length === 0) return { state: 'visible', silent: failed };
  const [first] = waitingFor;
  const others = waitingFor.length - 1;
  const rest = others === 0 ? '' : `, and ${others} more`;
  return {
    state: 'waiting',
    why: `${first === undefined ? '' : describeObservation(first)}${rest}`,
  };
}

/** For people: what this server said. */
export function describeObservation(seen: Observation): string {
  const subject = `${seen.server} `;
  if (seen.state === 'failed') return `${subject}does not answer for ${seen.name} (${seen.reason})`;
  if (seen.missing === 0) return `${subject}has ${seen.name}`;
  if (seen.missing === seen.wanted) return `${subject}does not have ${seen.name} yet`;
  return `${subject}has ${seen.wanted - seen.missing} of ${seen.wanted} values of ${seen.name}`;
}

/** For people: what every server said, a few words each. */
export function describeServers(observations: readonly Observation[]): string {
  const servers = [...Map.groupBy(observations, ({ server }) => server)];
  const shown = servers
    .slice(0, MOST_SHOWN)
    .map(([server, seen]) => `${server}: ${summaryOf(seen)}`);
  const others = servers.length - shown.length;
  return [...shown, ...(others > 0 ? [`${others} more`] : [])].join('; ');
}

function summaryOf(seen: readonly Observation[]): string {
  const failed = seen.find((each) => each.state === 'failed');
  if (failed !== undefined) return `no answer (${failed.reason})`;
  const answered = seen.filter((each) => each.state === 'answered');
  const wanted = answered.reduce((sum, each) => sum + each.wanted, 0);
  const missing = answered.reduce((sum, each) => sum + each.missing, 0);
  if (missing === 0) return 'has it';
  return missing === wanted ? 'not yet' : `has ${wanted - missing} of ${wanted}`;
}

const MOST_SHOWN = 8;

function hasAllValues(seen: Observation): boolean {
  return seen.state === 'answered' && seen.missing === 0;
}

function lacksValues(seen: Observation): boolean {
  return seen.state === 'answered' && seen.missing > 0;
}
