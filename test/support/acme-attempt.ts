/**
 * One attempt of the ACME issuer at a scripted CA, on a journal that is looked at afterwards.
 *
 * @module
 */
import { parseName } from '../../src/core/names.ts';
import type { JournalEntry, ObtainRequest } from '../../src/issuers/issuer.ts';
import { createAcmeIssuer } from '../../src/issuers/acme/issuer.ts';
import { type Ca, privateKey } from './scripted-ca.ts';

export interface Attempt {
  /** On disk before the attempt. */
  readonly entry?: JournalEntry;
  readonly onSave?: (entry: JournalEntry) => void;
  readonly request?: Partial<ObtainRequest>;
}

export interface Attempted {
  readonly outcome: PromiseSettledResult<unknown>;
  readonly entry: JournalEntry;
  readonly messages: readonly string[];
}

const { signal } = new AbortController();

/** Asks for `a.example` without any challenge: the order has to end before one is needed. */
export async function attemptOrder(ca: Ca, options: Attempt = {}): Promise<Attempted> {
  let entry: JournalEntry = options.entry ?? { answers: [] };
  const messages: string[] = [];
  const journal = {
    get entry() {
      return entry;
    },
    save: async (change: Partial<JournalEntry>) => {
      entry = { ...entry, ...change };
      options.onSave?.(entry);
    },
    startOver: async () => undefined,
  };
  const account = { url: ca.url('/account/1'), contact: [], privateKey };
  const issuer = createAcmeIssuer({
    name: 'ca',
    directoryUrl: ca.url('/directory'),
    caBundle: ca.server.root,
    acceptTerms: true,
    accountKeyType: 'ec256',
    userAgent: 'certctl/test',
    vault: {
      load: async () => account,
      save: async () => undefined,
      exclusively: (_url, _signal, work) => work(),
    },
    solvers: {
      solverFor() {
        throw new Error('nothing is to be proven');
      },
    },
    clock: ca.clock,
  });
  const request: ObtainRequest = {
    names: [parseName('a.example')],
    challenges: [],
    csr: new Uint8Array(),
    journal,
    report: ({ message }) => void messages.push(message),
    ...options.request,
  };
  const [outcome] = await Promise.allSettled([issuer.obtain(request, signal)]);
  await issuer.close();
  return { outcome, entry, messages };
}
