/**
 * From the request to the order and back, by nothing but the log.
 *
 * @module
 */
import { expect, it } from 'vitest';
import { startServing } from '../support/serving.ts';

interface Line {
  readonly msg: string;
  readonly requestId?: string;
  readonly operation?: string;
  readonly certificateId?: string;
  readonly orderId?: string;
}

it('every line about an order has its id, and that of the request that asked for it', async () => {
  await using serving = await startServing();
  const { daemon } = serving;
  const { status } = await daemon.run('issue', 'new.example.com', '--issuer', 'internal');
  expect(status).toBe(0);
  const failed = await daemon.run('renew', 'unknown.example.com');
  expect(failed.status).not.toBe(0);
  const listed = await daemon.json<{ id: string; names: string[] }[]>('list');
  const ordered = listed.find(({ names }) => names.includes('new.example.com'));

  const lines = daemon.program.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
  const begun = lines.find(
    ({ msg, operation }) => msg === 'operation begun' && operation === 'issue',
  );
  const ofRequest = lines.filter(({ requestId }) => requestId === begun?.requestId);
  expect(ofRequest.map(({ operation }) => operation)).toEqual(ofRequest.map(() => 'issue'));
  const stored = ofRequest.find(({ msg }) =>
    msg.startsWith('certificate for new.example.com stored'),
  );
  expect(stored?.certificateId).toBe(ordered?.id);
  expect(ofRequest.at(-1)?.msg).toBe('operation done');

  const ofOrder = lines.filter(({ orderId }) => orderId === stored?.orderId);
  expect(stored?.orderId).toMatch(/^\w{20,}$/);
  expect(ofOrder.map(({ requestId }) => requestId)).toEqual(ofOrder.map(() => begun?.requestId));

  // What nobody asked for has an order, and no request.
  const own = lines.find(({ msg }) => msg.startsWith('certificate for app.example.com stored'));
  expect([own?.requestId, typeof own?.orderId]).toEqual([undefined, 'string']);

  const refused = lines.find(
    ({ msg, operation }) => msg === 'an operation failed' && operation === 'renew',
  );
  expect(refused?.requestId).toMatch(/^\w{20,}$/);
}, 60_000);
