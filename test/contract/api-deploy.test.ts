/**
 * Bringing a certificate to its targets by the API.
 *
 * @module
 */
import { readFile, rm } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { type ApiWorld, openApiWorld } from '../support/api-world.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';

interface Attempted {
  readonly id: string;
  readonly state: string;
  readonly result?: readonly { target: string; outcome: string; error?: { code: string } }[];
}

it('is a job that has what came of each target, and is in the audit log', async () => {
  await using dir = await openTempDir();
  const file = dir.file('app.pem');
  await using world = await openApiWorld(`
issuers: { internal: { type: internal } }
defaults: { issuer: internal, targets: [here, nowhere] }
targets:
  here: { type: files, combined: ${file} }
  nowhere: { type: files, combined: ${dir.file('missing/app.pem')} }
listeners: []
api: { address: "127.0.0.1:0" }
`);
  const { id, token } = await issued(world);
  await rm(file);
  const path = `/v1/certificates/${id}/deploy`;
  const send = (body: unknown) => world.send(path, { method: 'POST', token, body });

  const done = await ended(world, token, await send({}));
  expect(done).toMatchObject({ state: 'done', operation: 'deploy' });
  expect(done.result).toMatchObject([
    { target: 'here', outcome: 'deployed' },
    { target: 'nowhere', outcome: 'failed', error: { code: 'file/unwritable' } },
  ]);
  expect(await readFile(file, 'utf8')).toContain('BEGIN CERTIFICATE');

  const one = await ended(world, token, await send({ target: 'here' }));
  expect(one.result).toMatchObject([{ target: 'here', outcome: 'deployed' }]);

  const { secret: bound } = await world.createToken('operator', [NAME]);
  const asBound = (body: unknown) => world.send(path, { method: 'POST', token: bound, body });
  expect((await ended(world, bound, await asBound({}))).result).toHaveLength(2);
  // It may be the target of somebody else's names.
  expect((await asBound({ target: 'here' })).status).toBe(403);

  const unknown = await send({ target: 'elsewhere' });
  expect(unknown.status).toBe(422);
  expect(unknown.body).toContain('there is no target elsewhere');

  const audit = await world.send('/v1/audit', { token });
  expect(JSON.parse(audit.body)).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({ operation: 'deploy', names: [NAME], outcome: 'done' }),
    ]) as unknown,
  });
  expect(audit.body).not.toContain('PRIVATE KEY');
});

async function issued(world: ApiWorld): Promise<{ id: string; token: string }> {
  const wish = { names: [NAME], wanted: {}, isForced: false, isDryRun: false };
  const { certificate } = await world.operations.issue(wish, () => {}, AbortSignal.timeout(20_000));
  const { secret } = await world.createToken('admin');
  return { id: certificate.id, token: secret };
}

async function ended(
  world: ApiWorld,
  token: string,
  { status, body }: { readonly status: number; readonly body: string },
): Promise<Attempted> {
  expect(status, body).toBe(202);
  const { id } = JSON.parse(body) as Attempted;
  return vi.waitFor(async () => {
    const job = JSON.parse((await world.send(`/v1/jobs/${id}`, { token })).body) as Attempted;
    if (job.state === 'running') throw new Error('it is under way');
    return job;
  });
}
