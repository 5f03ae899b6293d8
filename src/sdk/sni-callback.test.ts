import { createSecureContext, type SecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { sniCallback } from './sni-callback.ts';

type Answer = readonly [Error | null, SecureContext | undefined];

function ask(
  secureContext: (name: string, options?: { acceptsEcdsa?: boolean }) => Promise<SecureContext>,
  socket?: unknown,
): Promise<Answer> {
  const callback = sniCallback({ secureContext });
  return new Promise((resolve) => {
    callback.call(socket, 'app.example.com', (error, context) => resolve([error, context]));
  });
}

describe('sniCallback', () => {
  it('gives the context of the name', async () => {
    const context = createSecureContext();
    const asked: unknown[] = [];
    const answer = await ask(async (...args) => {
      asked.push(args);
      return context;
    });
    expect(answer).toEqual([null, context]);
    expect(asked).toEqual([['app.example.com', { acceptsEcdsa: true }]]);
  });

  it.each([
    [['RSA-PSS+SHA256', 'RSA+SHA256'], false],
    [['ECDSA+SHA256', 'RSA+SHA256'], true],
  ])('asks for what a client with %j verifies', async (shared, acceptsEcdsa) => {
    const socket = { getSharedSigalgs: () => shared };
    let asked: unknown;
    await ask(async (_name, options) => {
      asked = options;
      return createSecureContext();
    }, socket);
    expect(asked).toEqual({ acceptsEcdsa });
  });

  it('leaves the name to the server when nothing can be looked up', async () => {
    const failing = () => Promise.reject(new Error('closed'));
    expect(await ask(failing)).toEqual([null, undefined]);
    const broken = {
      getSharedSigalgs: () => {
        throw new Error('destroyed');
      },
    };
    expect(await ask(failing, broken)).toEqual([null, undefined]);
  });

  it('survives a connection that has ended meanwhile', async () => {
    const faults: unknown[] = [];
    const onFault = (fault: unknown): void => void faults.push(fault);
    process.on('unhandledRejection', onFault);
    const callback = sniCallback({ secureContext: async () => createSecureContext() });
    callback('app.example.com', () => {
      throw new Error('socket closed');
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', onFault);
    expect(faults).toEqual([]);
  });
});
