/**
 * A real OpenID provider on this machine, at which everybody signs in without a word.
 *
 * @module
 */
import { type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { type Configuration, Provider } from 'oidc-provider';

export interface OpenIdProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Who signs in next, with its claims. */
  person: Readonly<Record<string, unknown>> & { readonly sub: string };
  /** Its clock is behind by so many seconds when it signs. */
  behind: number;
  /** Its answers have no end. */
  isEndless: boolean;
  /** Whoever comes is sent back with this error. */
  refusal?: string;
}

export const CLIENT = { id: 'certctl', secret: 'client-secret-that-nobody-may-see' };

export async function startOpenIdProvider(redirectUri: string): Promise<OpenIdProvider> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const world: OpenIdProvider = {
    issuer: `http://127.0.0.1:${port}`,
    person: { sub: 'ada' },
    behind: 0,
    isEndless: false,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const configuration: Configuration = {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name'],
      groups: ['groups', 'realm_access'],
    },
    scopes: ['openid', 'email', 'profile', 'groups'],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['of this test'] },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 3_600, Interaction: 600, Session: 600 },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: async () => ({ ...world.person, sub }),
    }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    async loadExistingGrant({ oidc }) {
      const { Grant } = oidc.provider;
      const grant = new Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
  };
  const provider = new Provider(world.issuer, configuration);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (world.isEndless) {
      response.setHeader('content-type', 'application/json');
      return void Readable.from(endless()).pipe(response);
    }
    if (request.url === '/token') setBack(response, world.behind);
    if (request.url?.startsWith('/interaction/') !== true) return void answer(request, response);
    const { refusal, person } = world;
    const result =
      refusal === undefined
        ? { login: { accountId: person.sub, remember: false } }
        : { error: refusal, error_description: 'not <b>today</b>' };
    return void provider.interactionFinished(request, response, result);
  });
  return world;
}

/** The clock of this process, until the answer is out. */
function setBack(response: ServerResponse, seconds: number): void {
  const { now } = Date;
  Date.now = () => now() - seconds * 1_000;
  response.once('finish', () => {
    Date.now = now;
  });
}

function* endless(): Generator<string> {
  for (;;) yield ' '.repeat(64 * 1024);
}
