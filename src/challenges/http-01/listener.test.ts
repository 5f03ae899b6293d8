import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../test/support/free-port.ts';
import { fetchPlain } from '../../../test/support/validate-challenge.ts';
import type { Name } from '../../core/names.ts';
import { type AnswerBook, createAnswerBook } from '../answers.ts';
import type { ListenerHold } from '../challenge-listener.ts';
import type { Challenge } from '../solver.ts';
import { createHttp01Listener } from './listener.ts';
import { createHttp01Solver } from './solver.ts';

const CHALLENGE: Challenge = {
  type: 'http-01',
  name: 'app.example.com' as Name,
  token: 'LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0',
  keyAuthorization: 'LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.thumbprint',
};
const PATH = `/.well-known/acme-challenge/${CHALLENGE.token}`;
const { signal } = new AbortController();

let answers: AnswerBook;
let port: number;
beforeEach(async () => {
  answers = createAnswerBook('http-01');
  port = await freePort();
});

describe('createHttp01Listener', () => {
  it('answers over IPv4 and IPv6 by default', async () => {
    const hold = await createHttp01Listener({ answers, port }).acquire();
    answers.put(CHALLENGE);
    const found = { status: 200, body: CHALLENGE.keyAuthorization };
    expect(await fetchPlain(port, PATH, {}, '127.0.0.1')).toEqual(found);
    expect(await fetchPlain(port, PATH, {}, '::1')).toEqual(found);
    await hold.release();
  });

  it('listens on the given addresses only', async () => {
    const listener = createHttp01Listener({ answers, port, addresses: ['127.0.0.1'] });
    const hold = await listener.acquire();
    answers.put(CHALLENGE);
    expect(await fetchPlain(port, PATH, {}, '::1')).toBeUndefined();
    expect(await fetchPlain(port, PATH, {}, '127.0.0.1')).toMatchObject({ status: 200 });
    await hold.release();
  });

  it('is shared: it closes when the last solver is closed, and opens again', async () => {
    const listener = createHttp01Listener({ answers, port });
    const [one, two] = [
      createHttp01Solver({ answers, listener }),
      createHttp01Solver({ answers, listener }),
    ];
    await Promise.all([one.present(CHALLENGE, signal), two.present(CHALLENGE, signal)]);
    await one.close();
    expect(await fetchPlain(port, PATH)).toMatchObject({ status: 200 });
    await two.close();
    expect(await fetchPlain(port, PATH)).toBeUndefined();
    await one.present(CHALLENGE, signal);
    expect(await fetchPlain(port, PATH)).toMatchObject({ status: 200 });
    await one.close();
  });

  it('is open without a listener of its own: the book is enough', async () => {
    const solver = createHttp01Solver({ answers });
    await solver.present(CHALLENGE, signal);
    expect(answers.findByToken(CHALLENGE.token)).toBe(CHALLENGE);
    await solver.close();
  });

  it('names the port that is in use, and is ready to try again', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, resolve));
    const solver = createHttp01Solver({
      answers,
      listener: createHttp01Listener({ answers, port }),
    });
    await expect(solver.present(CHALLENGE, signal)).rejects.toMatchObject({
      code: 'listener/in-use',
      message: `cannot listen on port ${port} for http-01 challenges`,
      mend: expect.stringContaining('--http01-port'),
    });
    expect(answers.findByToken(CHALLENGE.token)).toBeUndefined();
    await new Promise((resolve) => other.close(resolve));
    await solver.present(CHALLENGE, signal);
    expect(await fetchPlain(port, PATH)).toMatchObject({ status: 200 });
    await solver.close();
  });

  it('says that the address is not of this machine', async () => {
    const listener = createHttp01Listener({ answers, port, addresses: ['192.0.2.1'] });
    await expect(listener.acquire()).rejects.toMatchObject({ code: 'listener/unavailable' });
  });

  it.skipIf(process.getuid?.() === 0)('says that the port needs a permission', async () => {
    const listener = createHttp01Listener({ answers, port: 1 });
    await expect(listener.acquire()).rejects.toMatchObject({ code: 'listener/not-permitted' });
  });

  describe('while it is open', () => {
    let hold: ListenerHold;
    beforeEach(async () => {
      hold = await createHttp01Listener({ answers, port }).acquire();
      answers.put(CHALLENGE);
    });
    afterEach(() => hold.release());

    it.each([
      '/',
      '/.well-known/acme-challenge/',
      '/.well-known/acme-challenge/unknown',
      `${PATH}/`,
      `/x${PATH}`,
      `${PATH}%00`,
      `/.well-known/acme-challenge/${'a'.repeat(4_000)}`,
    ])('has nothing at %s', async (path) => {
      expect(await fetchPlain(port, path)).toEqual({ status: 404, body: 'not found\n' });
    });

    it.each([
      ['garbage', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
      [
        'headers without end',
        `GET ${PATH} HTTP/1.1\r\nx: ${'x'.repeat(20_000)}`,
        /^HTTP\/1\.1 431 /,
      ],
      ['another method', `POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n`, / 404 /],
      ['HTTP/1.0', `GET ${PATH} HTTP/1.0\r\n\r\n`, / 200 [^]*\.thumbprint$/],
    ])('ends the connection after %s', async (_title, bytes, reply) => {
      expect(await exchange(port, bytes)).toMatch(reply);
      expect(await fetchPlain(port, PATH)).toMatchObject({ status: 200 });
    });
  });
});

async function exchange(to: number, bytes: string): Promise<string> {
  const socket = connect(to, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}
