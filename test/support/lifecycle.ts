/**
 * The lifecycle on a real store and keyring, with issuers and a clock that a test chooses.
 *
 * @module
 */
import { AppError } from '../../src/core/errors.ts';
import type { CertificateSpec, KeyType } from '../../src/core/certificate-spec.ts';
import { type Name, nameSet, parseName } from '../../src/core/names.ts';
import { createInternalIssuer } from '../../src/issuers/internal/issuer.ts';
import type { Issuer } from '../../src/issuers/issuer.ts';
import { createKeyring } from '../../src/keyring/create-keyring.ts';
import { fileKekSource } from '../../src/keyring/file/source.ts';
import type { SpecDefaults } from '../../src/lifecycle/issue.ts';
import type { LifecycleContext } from '../../src/lifecycle/context.ts';
import { createSealedKeys } from '../../src/lifecycle/sealed-keys.ts';
import type { Preflight } from '../../src/lifecycle/preflight/preflight.ts';
import { createAuthorityVault } from '../../src/lifecycle/vaults.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type SteppingClock, createSteppingClock } from './stepping-clock.ts';
import { openTempDir } from './temp-dir.ts';

export interface TestLifecycle extends AsyncDisposable {
  readonly context: LifecycleContext;
  readonly clock: SteppingClock;
  /** The names of each change so far. */
  readonly changes: readonly (readonly Name[])[];
}

/** Asks no DNS and finds nothing wrong. */
export const CAREFREE: Preflight = {
  beforeOrder: async () => undefined,
  findStrays: async () => [],
  look: async ({ names }) => names.map((name) => ({ name })),
  ownAddresses: () => ({ addresses: new Set(), areComplete: false }),
};

/** `issuers` stand beside a real internal one, which is called `internal`. */
export async function openLifecycle(
  issuers: readonly Issuer[] = [],
  preflight: Preflight = CAREFREE,
): Promise<TestLifecycle> {
  const directory = await openTempDir();
  const clock = createSteppingClock();
  const store = await openSqliteStore({ path: directory.file('certctl.db'), clock });
  const source = fileKekSource({ path: directory.file('keyring.json'), clock });
  const keyring = createKeyring(await source.load(new AbortController().signal));
  const keys = createSealedKeys(store.secrets, keyring);
  const vault = createAuthorityVault({ store, keys, clock });
  const known = [createInternalIssuer({ name: 'internal', vault, clock }), ...issuers];
  const changes: (readonly Name[])[] = [];
  const context: LifecycleContext = {
    store,
    keys,
    issuers: {
      find: async (name) => {
        const issuer = known.find((candidate) => candidate.name === name);
        if (issuer === undefined) throw new AppError('issuer/unknown', `no issuer ${name}`);
        return issuer;
      },
    },
    preflight,
    clock,
    random: () => 0.5,
    onChanged: (names) => changes.push(names),
  };
  return {
    context,
    clock,
    changes,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** A wish for `names` by the internal issuer, unless `fields` say something else. */
export function specFor(
  names: readonly string[],
  fields: Partial<CertificateSpec> = {},
): CertificateSpec {
  return {
    names: nameSet(names.map(parseName)),
    keyType: 'ec256',
    issuers: ['internal'],
    challenges: ['http-01'],
    ...fields,
  };
}

/** What names get that say nothing else: like `specFor`. */
export function defaultsFor(...keyTypes: readonly KeyType[]): SpecDefaults {
  const { names: _any, keyType, ...usual } = specFor(['unused.example.com']);
  return { ...usual, keyTypes: keyTypes.length > 0 ? keyTypes : [keyType] };
}
