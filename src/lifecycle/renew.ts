/**
 * Renews certificates: the named ones, those that are due, or all.
 *
 * @module
 */
import type { KeyAlgorithm, KeyType } from '../core/certificate-spec.ts';
import { mapConcurrently } from '../core/concurrency.ts';
import { toWire, type WireError } from '../core/error-wire.ts';
import { isAbort, toAppError } from '../core/errors.ts';
import { sameNames } from '../core/names.ts';
import type { Reporter } from '../observe/progress.ts';
import { claimRevision } from './as-seen.ts';
import { attend } from './attend.ts';
import { collectCertificates } from './list.ts';
import type { LifecycleContext } from './context.ts';
import { selectCertificates } from './select.ts';
import type { CertificateRecord } from '../store/records.ts';
import { type CertificateView, viewCertificate } from './view.ts';

export type RenewSelection =
  | { readonly names: readonly string[]; readonly keyAlgorithm?: KeyAlgorithm | undefined }
  | { readonly ids: readonly string[]; readonly revision?: number | undefined }
  | { readonly every: 'due' }
  | { readonly every: 'managed' };

export interface RenewResult {
  readonly names: readonly string[];
  readonly keyType: KeyType;
  readonly outcome: 'issued' | 'unchanged' | 'failed';
  readonly message: string;
  readonly certificate?: CertificateView;
  readonly error?: WireError;
}

const AT_ONCE = 10;
const MOST_DUE = 10_000;

/** Named certificates and `managed` ones are renewed whatever the planner says; `due` ones as it says. */
export async function renewCertificates(
  context: LifecycleContext,
  selection: RenewSelection,
  report: Reporter,
  signal: AbortSignal,
): Promise<RenewResult[]> {
  const certificates = await select(context, selection);
  const revision = 'ids' in selection ? selection.revision : undefined;
  for (const certificate of certificates) await claimRevision(context, certificate, revision);
  const wish = 'every' in selection && selection.every === 'due' ? 'none' : 'replace';
  return mapConcurrently(certificates, AT_ONCE, async ({ id, spec }): Promise<RenewResult> => {
    const { names, keyType } = spec;
    const isPair = certificates.some(
      (other) => other.id !== id && sameNames(other.spec.names, names),
    );
    const label = isPair ? `${names[0]} (${keyType})` : names[0];
    try {
      const labelled: Reporter = ({ step, message }) =>
        report({ step, message: certificates.length === 1 ? message : `${label}: ${message}` });
      const options = { wish, patience: 'wait', report: labelled } as const;
      const { decision, certificate, issuance } = await attend(context, id, options, signal);
      return {
        names,
        keyType,
        outcome: decision.action === 'issue' ? 'issued' : 'unchanged',
        message: decision.message,
        certificate: viewCertificate(context.clock, certificate, issuance),
      };
    } catch (thrown) {
      if (isAbort(thrown, signal)) throw thrown;
      const error = toAppError(thrown);
      return { names, keyType, outcome: 'failed', message: error.message, error: toWire(error) };
    }
  });
}

async function select(
  { store, clock }: LifecycleContext,
  selection: RenewSelection,
): Promise<CertificateRecord[]> {
  if ('names' in selection) {
    const chosen = new Map<string, CertificateRecord>();
    const { names, keyAlgorithm } = selection;
    for (const name of names) {
      for (const found of await selectCertificates(store, { name, keyAlgorithm })) {
        if (found !== undefined) chosen.set(found.certificate.id, found.certificate);
      }
    }
    return [...chosen.values()];
  }
  if ('ids' in selection) {
    const found = await Promise.all(
      selection.ids.map((id) => selectCertificates(store, { name: '', id })),
    );
    return found.map(([{ certificate }]) => certificate);
  }
  if (selection.every === 'due') return store.certificates.due(clock.now(), MOST_DUE);
  const all = await collectCertificates(store);
  return all
    .map(({ certificate }) => certificate)
    .filter(({ source }) => source !== 'imported' && source !== 'released');
}
