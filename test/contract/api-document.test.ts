/**
 * The API against its own OpenAPI document: every operation, whatever it is sent.
 *
 * @module
 */
import SwaggerParser from '@apidevtools/swagger-parser';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/api/http/routes.ts';
import { DOCUMENT, faultsOf } from '../support/api-document.ts';
import { sampleRequests } from '../support/api-samples.ts';
import { API_TOKEN, MAC_KEY, openApiWorld } from '../support/api-world.ts';

/** The stream of events is there for as long as its token; it has tests of its own. */
const ENDING = ROUTES.filter(({ id }) => id !== 'followEvents');

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const copy = structuredClone(DOCUMENT) as unknown as Parameters<
      typeof SwaggerParser.validate
    >[0];
    await expect(SwaggerParser.validate(copy)).resolves.toMatchObject({ openapi: '3.1.1' });
  });

  it('names each operation once', () => {
    const ids = ROUTES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('every operation', () => {
  it('answers as documented, and says no secret', async () => {
    await using world = await openApiWorld();
    const admin = await world.createToken('admin');
    const spare = await world.createToken('viewer');
    const samples = await sampleRequests(world, admin, spare);
    expect(Object.keys(samples).toSorted()).toEqual(ENDING.map(({ id }) => id).toSorted());
    const shown: string[] = [];
    // What revokes and removes comes last: the others need what is there.
    const last = ['removeCertificate', 'revokeCertificate', 'revokeToken', 'listAudit'];
    for (const route of ENDING.toSorted((a, b) => last.indexOf(a.id) - last.indexOf(b.id))) {
      const { path = '', body, status = route.status } = samples[route.id] ?? {};
      const before = world.said.length;
      const headers = { 'sec-fetch-site': 'same-origin' };
      const { method } = route;
      const answer = await world.send(path, { method, token: admin.secret, headers, body });
      expect(answer.status, `${route.id}: ${answer.body}`).toBe(status);
      expect(faultsOf(route, answer)).toEqual([]);
      // Three operations are there to show a secret; nothing else ever does.
      if (['exportKey', 'createToken', 'rotateToken'].includes(route.id)) {
        shown.push(...world.said.splice(before));
      }
    }
    expect(shown.join()).toContain('PRIVATE KEY');
    const said = world.said.join('\n');
    const secrets = [...world.secrets, API_TOKEN, MAC_KEY, 'PRIVATE KEY'];
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    expect(said).not.toMatch(/certctl_[0-9a-f]{20}_/);
  });

  it('refuses who is not known, as documented', async () => {
    await using world = await openApiWorld();
    for (const route of ROUTES.filter(
      ({ access }) => access !== 'public' && access !== 'visitor',
    )) {
      const answer = await world.send(route.path.replaceAll(/\{\w+\}/g, '1'), {
        method: route.method,
      });
      expect(faultsOf(route, answer)).toEqual([]);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });
});
