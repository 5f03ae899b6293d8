/**
 * Makes the store hold what the configuration asks for.
 *
 * @module
 */
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { type Name, covers } from '../core/names.ts';
import type { CertificateRecord, CertificateSource } from '../store/records.ts';
import { changeCertificate } from './change-certificate.ts';
import type { LifecycleContext } from './context.ts';
import { type SpecDefaults, isSameSpec, newCertificate, specsFor } from './issue.ts';
import { matchKeys } from './pair.ts';

export interface Wanted {
  readonly certificates: readonly CertificateSpec[];
  /** The hosts of endpoints that we terminate. */
  readonly hosts: readonly Name[];
  readonly defaults: SpecDefaults;
}

/**
 * Adds and changes certificates as configured, gives hosts that nothing covers one by the defaults,
 * and releases what the configuration no longer names: its certificate stays, its renewals end.
 */
export async function reconcile(context: LifecycleContext, wanted: Wanted): Promise<void> {
  const kept = new Set<string>();
  for (const specs of Map.groupBy(wanted.certificates, ({ names }) => names.join()).values()) {
    for (const id of await ensure(context, specs, 'file')) kept.add(id);
  }
  for (const host of wanted.hosts) {
    const isConfigured = wanted.certificates.some(({ names }) =>
      names.some((name) => covers(name, host)),
    );
    if (isConfigured || (await isManagedOtherwise(context, host))) continue;
    const specs = specsFor(wanted.defaults, [host]);
    for (const id of await ensure(context, specs, 'endpoint')) kept.add(id);
  }
  for (const { id } of await context.store.certificates.configured()) {
    if (!kept.has(id)) await release(context, id);
  }
}

async function isManagedOtherwise({ store }: LifecycleContext, host: Name): Promise<boolean> {
  const covering = await store.certificates.covering(host);
  return covering.some(
    ({ certificate: { source } }) => source === 'added' || source === 'imported',
  );
}

/** `specs` are one for these names, or a pair. */
async function ensure(
  context: LifecycleContext,
  specs: readonly CertificateSpec[],
  source: CertificateSource,
): Promise<string[]> {
  const there = await context.store.certificates.withNames(specs[0]?.names ?? []);
  const ids: string[] = [];
  for (const { wanted, existing } of matchKeys(specs, there)) {
    ids.push(await ensureOne(context, existing, wanted, source));
  }
  return ids;
}

async function ensureOne(
  { store, clock }: LifecycleContext,
  existing: CertificateRecord | undefined,
  spec: CertificateSpec,
  source: CertificateSource,
): Promise<string> {
  if (existing === undefined) {
    const certificate = newCertificate(clock.now(), spec, source);
    await store.certificates.insert(certificate);
    return certificate.id;
  }
  if (existing.source !== source || !isSameSpec(existing.spec, spec)) {
    const now = clock.now();
    // What failed before was asked for in other words: the new ones get a chance at once.
    await changeCertificate(store, existing.id, ({ failure: _old, ...record }) => ({
      ...record,
      spec,
      source,
      nextActionAt: now,
      updatedAt: now,
    }));
  }
  return existing.id;
}

function release({ store, clock }: LifecycleContext, id: string) {
  return changeCertificate(store, id, ({ nextActionAt: _never, ...record }) => ({
    ...record,
    source: 'released',
    updatedAt: clock.now(),
  }));
}
