import { afterAll, describe, expect, it } from 'vitest';
import type { CutWhen, Endpoint, Fault, FaultRule } from '../support/fault-proxy.ts';
import { rateLimited } from '../support/seeded-faults.ts';
import { openScene } from './crash.ts';

const scene = await openScene('http-01');
afterAll(() => scene[Symbol.asyncDispose]());
const { proxy } = scene;

const HTML: Fault = { kind: 'answer', status: 200, body: '<h1>Log in to this network</h1>' };

/** Spoils the first request to the endpoint, or as many as are given. */
function firstAt(endpoint: Endpoint, fault: Fault, count = 1): FaultRule {
  let left = count;
  return (request) => {
    if (request.endpoint !== endpoint || left === 0) return undefined;
    left -= 1;
    return fault;
  };
}

function cut(when: CutWhen): Fault {
  return { kind: 'cut', when };
}

function ordersSeen(name: string): number {
  return proxy.at('newOrder', name).filter(({ status }) => status !== undefined).length;
}

describe('a CA that does what it is asked and then drops the connection', () => {
  it('after newOrder costs nothing: its list of orders has the one whose URL was lost', async () => {
    await using place = await scene.openPlace();
    proxy.spoil(firstAt('newOrder', cut('after')));
    expect(await place.issue()).toMatchObject({ status: 69 });
    const lost = await place.order();
    const second = await place.issue();
    expect(second, second.stderr).toMatchObject({ status: 0 });
    expect(second.stderr).toContain('asked for before');
    expect(ordersSeen(place.name)).toBe(1);
    expect((await place.issuances()).map(({ keySecretId }) => keySecretId)).toEqual([
      lost?.keySecretId,
    ]);
  });

  it('after finalize costs nothing: the order tells how far it is', async () => {
    await using place = await scene.openPlace();
    proxy.spoil(firstAt('finalize', cut('after')));
    const issued = await place.issue();
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    expect(ordersSeen(place.name)).toBe(1);
    expect(proxy.at('finalize', place.name)).toHaveLength(1);
  });

  it('after finalize, and is gone then, has the order gone on with later', async () => {
    await using place = await scene.openPlace();
    let isGone = false;
    proxy.spoil((request) => {
      isGone ||= request.endpoint === 'finalize';
      return isGone ? cut(request.endpoint === 'finalize' ? 'after' : 'before') : undefined;
    });
    expect(await place.issue()).toMatchObject({ status: 69 });
    proxy.spoil(() => undefined);
    const order = await place.order();
    const second = await place.issue();
    expect(second, second.stderr).toMatchObject({ status: 0 });
    expect(second.stderr).toContain(`going on with the order ${order?.url}`);
    expect(ordersSeen(place.name)).toBe(1);
    expect(proxy.at('finalize', place.name)).toHaveLength(1);
    expect((await place.issuances()).map(({ keySecretId }) => keySecretId)).toEqual([
      order?.keySecretId,
    ]);
  });

  it.each<[Endpoint, number]>([
    ['newAccount', 69],
    ['challenge', 0],
    ['authorization', 0],
    ['certificate', 0],
  ])('after %s costs no order (the first command ends with %i)', async (endpoint, status) => {
    await using place = await scene.openPlace();
    proxy.spoil(firstAt(endpoint, cut('after')));
    expect(await place.issue()).toMatchObject({ status });
    expect(await place.issue()).toMatchObject({ status: 0 });
    expect(ordersSeen(place.name)).toBe(1);
  });
});

describe('a CA whose answers about a validation are spoiled', () => {
  it.each<[string, Endpoint, Fault]>([
    ['the request to validate never arrives', 'challenge', cut('before')],
    ['a login page answers the request to validate', 'challenge', HTML],
    ['a login page answers while it is waited for', 'authorization', HTML],
    ['too many requests while it is waited for', 'authorization', rateLimited('1')],
  ])('still gets to see the answer: %s', async (_title, endpoint, fault) => {
    await using place = await scene.openPlace();
    const rule = firstAt(endpoint, fault);
    proxy.spoil((request) => {
      const isReading = request.endpoint === 'authorization' && request.nth === 1;
      return isReading ? undefined : rule(request);
    });
    const issued = await place.issue();
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    expect(ordersSeen(place.name)).toBe(1);
  });
});
