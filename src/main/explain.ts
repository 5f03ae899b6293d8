/**
 * Says what a server name gets, by the very functions that decide it for a connection.
 *
 * @module
 */
import type { Explanation } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { displayName, isAddress, isWildcard, parseName } from '../core/names.ts';
import { AppError } from '../core/errors.ts';
import type { Feed } from '../feed/feed.ts';
import type { Lookup } from '../lifecycle/feed-source.ts';
import type { Foresight } from '../lifecycle/on-demand/foresee.ts';
import type { OnDemand } from '../lifecycle/on-demand/on-demand.ts';
import type { UpstreamReport } from '../terminator/report.ts';
import { decideRoute } from '../terminator/routing.ts';
import { candidateTexts, viewCandidates, viewCredential } from './explain-certificate.ts';
import { clientTexts, MODERN_SCHEMES, viewClients } from './explain-clients.ts';
import {
  considerEndpoints,
  endpointTexts,
  listenerText,
  upstreamTexts,
  viewEndpoint,
  viewListeners,
  viewUpstreams,
} from './explain-endpoint.ts';
import { noServerNameTexts, policyTexts, viewPolicies, viewPolicy } from './explain-policy.ts';

export interface ExplainContext {
  readonly lookup: Lookup;
  readonly findAnswer: Feed['findAnswer'];
  readonly onDemand: Pick<OnDemand, 'foresee'>;
  readonly config: Config;
  readonly clock: Clock;
  /** `undefined` where no daemon runs. */
  readonly upstreams: () => Promise<readonly UpstreamReport[] | undefined>;
}

export async function explain(
  context: ExplainContext,
  host: string,
  signal: AbortSignal,
): Promise<Explanation> {
  const { config, clock } = context;
  const name = parseName(host);
  if (isWildcard(name) || isAddress(name)) {
    throw new AppError('input/invalid', `${displayName(name)} is not a server name`, {
      mend: 'Give a hostname as clients send it: clients send neither wildcards nor addresses.',
    });
  }
  const entry = await context.lookup(name);
  const foresight = await context.onDemand.foresee(name, signal);
  const isRefused = foresight?.outcome === 'refused' && entry?.credentials.length === 0;
  const served = isRefused ? undefined : entry;
  const now = clock.now().getTime();
  const hello = {
    serverName: name,
    unusableServerName: undefined,
    alpnProtocols: [],
    signatureSchemes: MODERN_SCHEMES,
  };
  const route = decideRoute(name, hello, served, now);
  const listeners = viewListeners(config);
  const considered = considerEndpoints(name, entry, config);
  const isOpened = entry?.endpoint.terminate !== undefined;
  const policies = entry === undefined ? [] : viewPolicies(entry.endpoint, config);
  const candidates = viewCandidates(entry?.credentials ?? [], name, MODERN_SCHEMES, now);
  const clients = viewClients(name, served, config, now);
  const reports = await context.upstreams();
  const upstreams = entry === undefined ? undefined : viewUpstreams(entry.endpoint, reports);
  const answer = await context.findAnswer({ type: 'tls-alpn-01', name });
  return {
    name: displayName(name),
    decision: willIssue(foresight) ? 'issue' : route.action,
    because: [
      listenerText(listeners),
      ...noServerNameTexts(config),
      ...endpointTexts(considered, entry, config),
      ...policyTexts(policies),
      ...demandText(foresight),
      ...(isOpened ? candidateTexts(candidates) : []),
      ...(route.action === 'pass-through' ? ['the bytes are passed through unopened'] : []),
      ...(entry?.endpoint.protocol === 'http'
        ? ['plain HTTP only: requests on the http listeners are passed on']
        : []),
      ...(route.action === 'refuse' && !willIssue(foresight)
        ? [`refused with the TLS alert ${route.alert}`]
        : []),
      ...(isOpened && !willIssue(foresight) ? clientTexts(clients) : []),
      ...upstreamTexts(upstreams ?? []),
      answer === undefined
        ? 'tls-alpn-01: no answer is live for this name'
        : 'tls-alpn-01: an answer is live; connections of the CA get it',
    ],
    listeners,
    considered,
    policies,
    candidates: isOpened ? candidates : [],
    clients,
    ...(upstreams === undefined ? {} : { upstreams }),
    challenge: { type: 'tls-alpn-01', isLive: answer !== undefined },
    ...(entry === undefined ? {} : { endpoint: viewEndpoint(entry.endpoint) }),
    ...(entry?.endpoint.terminate === undefined
      ? {}
      : { policy: viewPolicy(entry.endpoint.terminate) }),
    ...(route.action === 'terminate' ? { certificate: viewCredential(route.credential) } : {}),
  };
}

function willIssue(foresight: Foresight | undefined): boolean {
  return foresight?.outcome === 'would-issue' || foresight?.outcome === 'issuing';
}

const OUTCOMES = {
  served: 'nothing to make',
  issuing: 'under way',
  'would-issue': 'the first client brings a certificate about',
  refused: 'refused',
} as const;

function demandText(foresight: Foresight | undefined): string[] {
  if (foresight === undefined) return [];
  return [`on demand: ${OUTCOMES[foresight.outcome]}: ${foresight.because}`];
}
