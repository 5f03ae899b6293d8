import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock, DAY_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';
import { createRoot, signLeaf } from '../../pki/authority.ts';
import { createCsr } from '../../pki/csr.ts';
import { generatePrivateKey } from '../../pki/keys.ts';
import { downloadPreferred } from './preferred-chain.ts';

const { signal } = new AbortController();
const chains: Record<string, string> = {};

async function chainOf(root: string): Promise<string> {
  const now = systemClock.now();
  const names = [parseName('app.example.com')];
  const csrDer = await createCsr({ names, privateKey: await generatePrivateKey('ec256') });
  const issuer = await createRoot({ commonName: root, now });
  const leaf = await signLeaf({ csrDer, names, issuer, now, lifetimeMs: DAY_MS });
  return `${leaf}${issuer.certificatePem}`;
}

function accountWith(answers: Readonly<Record<string, string>>, alternateUrls: readonly string[]) {
  const asked: string[] = [];
  return {
    asked,
    async downloadChain(url: string) {
      asked.push(url);
      const chain = answers[url];
      if (chain === undefined) throw new AppError('acme/server-error', 'it is on fire');
      return { chain, alternateUrls };
    },
  };
}

beforeAll(async () => {
  chains['usual'] = await chainOf('Usual');
  chains['other'] = await chainOf('Other');
});

describe('downloadPreferred', () => {
  it('never takes a chain for another certificate, nor fails with an alternate', async () => {
    const { usual = '', other = '' } = chains;
    const account = accountWith({ first: usual, second: other }, ['broken', 'second']);
    const warnings: string[] = [];
    const report = ({ message }: { message: string }) => void warnings.push(message);
    const chain = await downloadPreferred(account, 'first', 'Another', report, signal);
    expect(chain).toBe(usual);
    expect(account.asked).toEqual(['first', 'broken', 'second']);
    expect(warnings).toEqual([
      expect.stringContaining('it is on fire'),
      expect.stringContaining('no chain has an issuer "Another"'),
    ]);
  });

  it('finds a name in whatever case, and asks for nothing when there is no wish', async () => {
    const { usual = '' } = chains;
    const account = accountWith({ first: usual }, ['broken']);
    const warnings: string[] = [];
    const report = ({ message }: { message: string }) => void warnings.push(message);
    expect(await downloadPreferred(account, 'first', 'uSUAL', report, signal)).toBe(usual);
    expect(await downloadPreferred(account, 'first', undefined, report, signal)).toBe(usual);
    expect(account.asked).toEqual(['first', 'first']);
    expect(warnings).toEqual([]);
  });
});
