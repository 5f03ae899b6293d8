/**
 * For each operation of the API a request that makes sense in a world of a test.
 *
 * @module
 */
import type { ApiWorld } from './api-world.ts';

export interface SampleRequest {
  readonly path: string;
  readonly body?: unknown;
  /** Other than when all is well. */
  readonly status?: number;
}

interface Made {
  readonly id: string;
  readonly secret: string;
}

interface Listed {
  readonly items: readonly { readonly id: string; readonly names: readonly string[] }[];
}

/** All but the one of `followEvents`, whose answer has no end. */
export async function sampleRequests(
  world: ApiWorld,
  admin: Made,
  spare: Made,
): Promise<Readonly<Record<string, SampleRequest>>> {
  const get = async (path: string): Promise<Listed['items']> => {
    const { body } = await world.send(path, { token: admin.secret });
    return (JSON.parse(body) as Listed).items;
  };
  const certificates = await get('/v1/certificates');
  const idOf = (name: string) => certificates.find(({ names }) => names.includes(name))?.id ?? '';
  const [issuance] = await get('/v1/issuances');
  const [event] = await get('/v1/events');
  const [order] = await get('/v1/orders');
  const started = await world.send('/v1/certificates', {
    method: 'POST',
    token: admin.secret,
    body: { names: ['job.example.com'] },
  });
  const job = JSON.parse(started.body) as { id: string };
  const app = `/v1/certificates/${idOf('app.example.com')}`;
  return {
    listCertificates: { path: '/v1/certificates?status=valid&sort=expires&limit=2' },
    issueCertificate: {
      path: '/v1/certificates',
      body: { names: ['new.example.com'], dryRun: true },
    },
    importCertificate: {
      path: '/v1/certificates/import',
      body: { chainPem: 'x', privateKeyPem: 'y' },
      status: 422,
    },
    countCertificates: { path: '/v1/certificates/summary' },
    getCertificate: { path: app },
    removeCertificate: { path: `/v1/certificates/${idOf('b.customer.net')}` },
    renewCertificate: { path: `${app}/renew`, body: {} },
    revokeCertificate: { path: `/v1/certificates/${idOf('a.customer.net')}/revoke`, body: {} },
    // It has no targets.
    deployCertificate: { path: `${app}/deploy`, body: {}, status: 422 },
    exportChain: { path: `${app}/chain` },
    exportKey: { path: `${app}/key` },
    listIssuances: { path: `/v1/issuances?certificate=${idOf('app.example.com')}` },
    getIssuance: { path: `/v1/issuances/${issuance?.id}` },
    listOrders: { path: '/v1/orders?finished=true' },
    getOrder: { path: `/v1/orders/${order?.id}` },
    listJobs: { path: '/v1/jobs' },
    getJob: { path: `/v1/jobs/${job.id}` },
    followJob: { path: `/v1/jobs/${job.id}/events` },
    listEndpoints: { path: '/v1/endpoints' },
    explain: { path: '/v1/explain?name=app.example.com' },
    listIssuers: { path: '/v1/issuers' },
    exportRoot: { path: '/v1/issuers/internal/root' },
    listAccounts: { path: '/v1/accounts' },
    listDnsCredentials: { path: '/v1/dns-credentials' },
    diagnose: { path: '/v1/doctor', body: { names: ['app.example.com'] } },
    listTokens: { path: '/v1/tokens' },
    createToken: {
      path: '/v1/tokens',
      body: { name: 'new', role: 'viewer', patterns: ['bind:*.a.example'] },
    },
    rotateToken: { path: `/v1/tokens/${spare.id}/rotate`, body: { graceSeconds: 60 } },
    revokeToken: { path: `/v1/tokens/${spare.id}` },
    listEvents: {
      path: '/v1/events?type=certificate.*&order=oldest&since=2026-01-01T00:00:00Z',
    },
    getEvent: { path: `/v1/events/${event?.id}` },
    listSubscriptions: { path: '/v1/subscriptions' },
    listDeadDeliveries: { path: '/v1/deliveries/dead?subscription=chat' },
    // Nobody is told of anything.
    testSubscription: { path: '/v1/subscriptions/chat/test', body: {}, status: 404 },
    // Nothing was given up.
    replayDeliveries: { path: '/v1/deliveries/replay', body: {}, status: 404 },
    listAudit: { path: '/v1/audit?limit=100' },
    getCaller: { path: '/v1/caller' },
    getSession: { path: '/v1/session' },
    signIn: { path: '/v1/session', body: { token: admin.secret } },
    signOut: { path: '/v1/session' },
    // There is no provider.
    signInElsewhere: { path: '/v1/session/oidc', status: 404 },
    comeBack: { path: '/v1/session/oidc/callback?code=x&state=y', status: 404 },
    getStatus: { path: '/v1/status' },
    readMetrics: { path: '/metrics' },
    health: { path: '/healthz' },
    ready: { path: '/readyz' },
  };
}
