/**
 * Role × operation × names, asked for over HTTPS: what the table of permissions says is what happens.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { authorize, PERMISSIONS } from '../../src/api/access/permissions.ts';
import type { Route } from '../../src/api/http/route.ts';
import { ROUTES } from '../../src/api/http/routes.ts';
import { parseName } from '../../src/core/names.ts';
import { ROLES, type Role } from '../../src/store/access.ts';
import { faultsOf } from '../support/api-document.ts';
import { type ApiWorld, openApiWorld } from '../support/api-world.ts';

const { signal } = new AbortController();
const ignore = (): void => {};
const OWN = 'own.customer.net';
const FOREIGN = 'foreign.example.com';
const BOUND = ['*.customer.net'];

/** What a request is about, made anew for each: some of them remove it. */
interface Subject {
  readonly certificate: string;
  readonly issuance: string;
  readonly order: string;
  readonly event: string;
  readonly token: string;
  readonly name: string;
}

type Sample = (subject: Subject) => readonly [path: string, body?: unknown];

/** Requests that are about names, or about things with an id; the others are what their path says. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  issueCertificate: ({ name }) => ['/v1/certificates', { names: [name], dryRun: true }],
  importCertificate: () => ['/v1/certificates/import', { chainPem: 'x', privateKeyPem: 'y' }],
  getCertificate: ({ certificate }) => [`/v1/certificates/${certificate}`],
  removeCertificate: ({ certificate }) => [`/v1/certificates/${certificate}`],
  renewCertificate: ({ certificate }) => [`/v1/certificates/${certificate}/renew`, {}],
  revokeCertificate: ({ certificate }) => [`/v1/certificates/${certificate}/revoke`, {}],
  deployCertificate: ({ certificate }) => [`/v1/certificates/${certificate}/deploy`, {}],
  exportChain: ({ certificate }) => [`/v1/certificates/${certificate}/chain`],
  exportKey: ({ certificate }) => [`/v1/certificates/${certificate}/key`],
  getIssuance: ({ issuance }) => [`/v1/issuances/${issuance}`],
  getOrder: ({ order }) => [`/v1/orders/${order}`],
  explain: ({ name }) => [`/v1/explain?name=${name}`],
  diagnose: ({ name }) => ['/v1/doctor', { names: [name] }],
  createToken: () => ['/v1/tokens', { name: 'x', role: 'viewer' }],
  rotateToken: ({ token }) => [`/v1/tokens/${token}/rotate`, { graceSeconds: 0 }],
  revokeToken: ({ token }) => [`/v1/tokens/${token}`],
  exportRoot: () => ['/v1/issuers/internal/root'],
  getEvent: ({ event }) => [`/v1/events/${event}`],
  testSubscription: () => ['/v1/subscriptions/chat/test', {}],
  replayDeliveries: () => ['/v1/deliveries/replay', {}],
};
/** A chain that cannot be read is about no name: what is wrong with it is said first. */
const NAMELESS = new Set(['importCertificate']);
const CHANGING = new Set(['removeCertificate', 'renewCertificate', 'revokeCertificate']);

async function makeSubject(world: ApiWorld, name: string): Promise<Subject> {
  const { operations } = world;
  const wish = { names: [name], wanted: {}, isForced: false, isDryRun: false };
  await operations.issue(wish, ignore, signal);
  const page = { limit: 1 };
  const [issuance] = await operations.listIssuances(page, ignore, signal);
  const [order] = await operations.listOrders(page, ignore, signal);
  const about = { name, order: 'newest', limit: 1 } as const;
  const { items } = await operations.listEvents(about, ignore, signal);
  const { token } = await operations.createToken({ name, role: 'viewer' }, ignore, signal);
  return {
    certificate: issuance?.certificateId ?? '',
    issuance: issuance?.id ?? '',
    order: order?.id ?? '',
    event: items[0]?.id ?? '',
    token: token.id,
    name,
  };
}

const GUARDED = ROUTES.filter(
  ({ access, id }) =>
    access !== 'public' && access !== 'visitor' && access !== 'anyone' && id !== 'followEvents',
);

function mayUse(route: Route, role: Role, bound: boolean, name: string): boolean {
  const { access } = route;
  if (access === 'public' || access === 'visitor' || access === 'anyone') return true;
  const patterns = bound ? BOUND.map(parseName) : undefined;
  return authorize({ role, patterns }, PERMISSIONS[access], [parseName(name)]).isAllowed;
}

describe('over HTTPS', () => {
  it.each(ROLES)(
    'a token of the role %s may do what the table says, and nothing else',
    async (role) => {
      await using world = await openApiWorld();
      const free = (await world.createToken(role)).secret;
      const bound = (await world.createToken(role, BOUND)).secret;
      const faults: string[] = [];
      const seen = { allowed: 0, refused: 0 };
      for (const [isBound, name] of [
        [false, FOREIGN],
        [true, OWN],
        [true, FOREIGN],
      ] as const) {
        let subject = await makeSubject(world, name);
        for (const route of GUARDED) {
          if (NAMELESS.has(route.id) && isBound) continue;
          const [path, body] = SAMPLES[route.id]?.(subject) ?? [route.path];
          const answer = await world.send(path, {
            method: route.method,
            token: isBound ? bound : free,
            body,
          });
          const isAllowed = mayUse(route, role, isBound, name);
          const title = `${role}${isBound ? ' bound' : ''} ${route.id} ${name}`;
          seen[isAllowed ? 'allowed' : 'refused'] += 1;
          if ((answer.status !== 403) !== isAllowed || answer.status === 401) {
            faults.push(`${title}: ${answer.status} ${answer.body.slice(0, 200)}`);
          }
          faults.push(...faultsOf(route, answer));
          if (!isAllowed || !CHANGING.has(route.id)) continue;
          await settled(world);
          const [left] = await world.control.store.certificates.withNames([parseName(name)]);
          if (route.id !== 'renewCertificate' && left !== undefined) {
            await world.operations.remove({ name }, ignore, signal);
          }
          subject = await makeSubject(world, name);
        }
        // Who was refused has changed nothing.
        const [left] = await world.control.store.certificates.withNames([parseName(name)]);
        expect(left?.id).toBe(subject.certificate);
        await world.operations.remove({ name }, ignore, signal);
      }
      expect(faults).toEqual([]);
      expect(seen.allowed).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(0);
    },
    60_000,
  );

  it('has a sample for every operation with something in its path', () => {
    const wanted = GUARDED.filter(({ path, body }) => path.includes('{') || body !== undefined);
    expect(wanted.map(({ id }) => id).filter((id) => SAMPLES[id] === undefined)).toEqual([]);
  });
});

/** No job is under way. */
async function settled(world: ApiWorld): Promise<void> {
  const { secret: token } = await world.createToken('viewer');
  await expect
    .poll(async () => (await world.send('/v1/jobs', { token })).body, { timeout: 10_000 })
    .not.toContain('"state":"running"');
}
