/**
 * Replaces the key-encryption key of a store that others use at the same time.
 *
 * Each step is durable before the next one, and a rotation that was stopped is gone on with: the
 * source has the new key first, then the store puts it in force, so that from then on nothing comes
 * to the old key; every data key is wrapped again; what wraps nothing any more is dropped last.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { KekSet, KekSource, Keyring } from '../keyring/keyring.ts';
import type { Reporter } from '../observe/progress.ts';
import type { SecretRecord } from '../store/records.ts';
import { KEYRING_CHECK, type SecretTable, type Store } from '../store/store.ts';
import { withLease } from './leases.ts';

export interface RotationContext {
  readonly store: Pick<Store, 'secrets' | 'leases'>;
  readonly keyring: Keyring;
  readonly source: KekSource;
  readonly clock: Clock;
}

export interface KeyringRotation {
  /** The key in force now. */
  readonly kekId: string;
  readonly rewrapped: number;
  /** Removed from the source. */
  readonly dropped: readonly string[];
}

export interface KeyringStatus {
  readonly place: string;
  readonly activeKekId: string;
  readonly keks: readonly {
    readonly id: string;
    readonly secrets: number;
    /** False for a key that the source no longer has. */
    readonly isInSource: boolean;
  }[];
}

const BATCH = 500;

/** @throws `lease/held`, `keyring/no-new-key`, and `keyring/mismatch` when not all could be opened. */
export function rotateKeyring(
  context: RotationContext,
  report: Reporter,
  signal: AbortSignal,
): Promise<KeyringRotation> {
  const lease = {
    leases: context.store.leases,
    clock: context.clock,
    name: 'keyring/rotation',
    subject: 'rotating the key-encryption key',
    patience: 'none',
  } as const;
  return withLease(lease, signal, (held) => rotate(context, report, held));
}

export async function keyringStatus(
  { store, source }: Pick<RotationContext, 'store' | 'source'>,
  signal: AbortSignal,
): Promise<KeyringStatus> {
  const inSource = (await source.reload(signal)).map(({ id }) => id);
  const uses = new Map(
    (await store.secrets.countByKek()).map(({ kekId, secrets }) => [kekId, secrets]),
  );
  return {
    place: source.place,
    activeKekId: (await findCheck(store.secrets)).sealed.kekId,
    keks: [...new Set([...inSource, ...uses.keys()])].map((id) => ({
      id,
      secrets: uses.get(id) ?? 0,
      isInSource: inSource.includes(id),
    })),
  };
}

async function rotate(
  context: RotationContext,
  report: Reporter,
  signal: AbortSignal,
): Promise<KeyringRotation> {
  const { keyring, source, store } = context;
  const { secrets } = store;
  const check = await findCheck(secrets);
  const keks = await prepareKeks(context, check.sealed.kekId, signal);
  const kekId = keks[0].id;
  await keyring.learn(kekId);
  signal.throwIfAborted();
  await putInForce(context, check, kekId);
  report({ step: 'keyring-in-force', message: `new secrets are sealed under ${kekId}` });

  let rewrapped = 0;
  let unopened = 0;
  const others = (await secrets.countByKek()).filter((use) => use.kekId !== kekId);
  const total = others.reduce((sum, use) => sum + use.secrets, 0);
  for (const use of others) {
    for await (const batch of rewrapAll(context, use.kekId, signal)) {
      rewrapped += batch.rewrapped;
      unopened += batch.unopened;
      const message = `wrapped ${rewrapped} of ${total} data keys again`;
      report({ step: 'keyring-rewrapped', message });
    }
  }
  if (unopened > 0) throw notOpened(unopened, kekId);

  const used = new Set((await secrets.countByKek()).map((use) => use.kekId));
  const unused = keks.slice(1).flatMap(({ id }) => (used.has(id) ? [] : [id]));
  signal.throwIfAborted();
  if (source.rotation === undefined || unused.length === 0)
    return { kekId, rewrapped, dropped: [] };
  await source.rotation.drop(unused, signal);
  return { kekId, rewrapped, dropped: unused };
}

/** The keys of the source with the new one first; adds it where that was not done before. */
async function prepareKeks(
  { source, store }: RotationContext,
  inForce: string,
  signal: AbortSignal,
): Promise<KekSet> {
  const keks = await source.reload(signal);
  const uses = await store.secrets.countByKek();
  const hasBegun = keks[0].id !== inForce || uses.some(({ kekId }) => kekId !== inForce);
  if (source.rotation !== undefined) {
    // More than one: a rotation was stopped before its end.
    if (hasBegun || keks.length > 1) return keks;
    await source.rotation.add(signal);
    return source.reload(signal);
  }
  if (hasBegun) return keks;
  throw new AppError('keyring/no-new-key', `${source.place} gives no new key-encryption key`, {
    mend: 'Let it give a new key, list the old one under keyring.previous, restart certctl serve, and run this again.',
  });
}

async function putInForce(
  { keyring, store }: RotationContext,
  check: SecretRecord,
  kekId: string,
): Promise<void> {
  const { sealed } = check;
  if (sealed.kekId !== kekId) {
    const rewrapped = { id: check.id, sealed: keyring.rewrap(check.id, sealed, kekId) };
    if ((await store.secrets.replaceWrapping(sealed.kekId, [rewrapped])) === 0) {
      throw new AppError('store/conflict', `cannot put the key-encryption key ${kekId} in force`);
    }
  }
  await keyring.activate(kekId);
}

async function* rewrapAll(
  { keyring, store, clock }: RotationContext,
  kekId: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly rewrapped: number; readonly unopened: number }> {
  await keyring.learn(kekId);
  let after: string | undefined;
  for (;;) {
    const page = await store.secrets.listByKek(kekId, {
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
    });
    if (page.length === 0) return;
    after = page.at(-1)?.id;
    const opened = page.flatMap((record) => rewrapOne(keyring, record));
    const rewrapped = await store.secrets.replaceWrapping(kekId, opened);
    yield { rewrapped, unopened: page.length - opened.length };
    // A turn for everything else that this process does.
    await clock.sleep(0, signal);
  }
}

/** Nothing for a secret that does not open: the others must not wait for it. */
function rewrapOne(keyring: Keyring, { id, sealed }: SecretRecord): SecretRecord[] {
  try {
    return [{ id, sealed: keyring.rewrap(id, sealed) }];
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'keyring/mismatch') return [];
    throw thrown;
  }
}

async function findCheck(secrets: SecretTable): Promise<SecretRecord> {
  const check = await secrets.find(KEYRING_CHECK);
  // Opening the keyring has written it.
  if (check !== undefined) return check;
  throw new AppError('store/corrupt', 'the check of the keyring is not in the database', {
    mend: 'Restore the database from a backup.',
  });
}

function notOpened(count: number, kekId: string): AppError {
  return new AppError(
    'keyring/mismatch',
    `${count} secrets could not be wrapped by ${kekId}: their key is missing, or they were altered`,
    {
      mend: 'Bring back the key that certctl keyring status shows as missing, and run this again.',
    },
  );
}
