/**
 * Gathers what the checks of certificates judge, and has it judged.
 *
 * @module
 */
import {
  type CertificateSpec,
  type ChallengeType,
  keyAlgorithmOf,
} from '../core/certificate-spec.ts';
import { mapConcurrently } from '../core/concurrency.ts';
import { AppError, isAbort, toAppError } from '../core/errors.ts';
import { type Name, baseName, displayName, isAddress, parseName } from '../core/names.ts';
import type { CertificateRecord, IssuanceRecord } from '../store/records.ts';
import type { ServedFault } from '../store/served.ts';
import type { LifecycleContext } from './context.ts';
import { type SpecDefaults, specsFor } from './issue.ts';
import { withLease } from './leases.ts';
import { collectCertificates } from './list.ts';
import { examineCertificate, withoutRepetitions } from './preflight/examine.ts';
import type { IssuerState, NameFacts, ProbeFacts } from './preflight/facts.ts';
import { type Finding, failure } from './preflight/finding.ts';
import { isByDns, methodsFor } from '../challenges/methods.ts';
import { selectCertificates } from './select.ts';

/** Plays the CA: puts an answer in place, and asks for it at each address. */
export type Probe = (request: ProbeRequest, signal: AbortSignal) => Promise<ProbeFacts[]>;

export interface ProbeRequest {
  readonly spec: CertificateSpec;
  readonly name: Name;
  readonly type: ChallengeType;
  readonly addresses: readonly string[];
}

export interface DiagnoseContext extends LifecycleContext {
  readonly probe: Probe;
}

interface Subject {
  readonly spec: CertificateSpec;
  readonly record?: CertificateRecord;
  readonly issuance?: IssuanceRecord | undefined;
}

const AT_ONCE = 4;
const MOST_PROBED_ADDRESSES = 4;

/** What the configuration asks for, managed already or not. */
export interface Configured {
  readonly certificates: readonly CertificateSpec[];
  readonly defaults: SpecDefaults;
}

/**
 * Examines the certificates of `names`, or all that are managed or configured; names without any by
 * the defaults.
 */
export async function diagnose(
  context: DiagnoseContext,
  configured: Configured,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const subjects =
    names.length === 0
      ? await allSubjects(context, configured)
      : await Promise.all(names.map((name) => subjectsOf(context, configured, name))).then(
          (found) => found.flat(),
        );
  const findings = await mapConcurrently(subjects, AT_ONCE, (subject) =>
    examine(context, subject, signal),
  );
  const faults = await servedFaults(context, names.length === 0 ? 'all' : subjects);
  return withoutRepetitions([...findings.flat(), ...faults.map(servedFinding)]);
}

/** What the self-check of the daemon has found, of imported certificates as well. */
async function servedFaults(
  { store }: DiagnoseContext,
  subjects: readonly Subject[] | 'all',
): Promise<ServedFault[]> {
  if (subjects === 'all') return store.served.list();
  const ids = subjects.flatMap(({ record }) => record?.id ?? []);
  return (await Promise.all(ids.map((id) => store.served.list(id)))).flat();
}

function servedFinding({ name, address, message }: ServedFault): Finding {
  return failure(
    'served',
    'service',
    `${displayName(name)} at ${address}`,
    message,
    'Reload what serves it, or deploy to it; `certctl show` says since when.',
  );
}

async function allSubjects(
  { store }: LifecycleContext,
  { certificates }: Configured,
): Promise<Subject[]> {
  const all = await collectCertificates(store);
  const managed = all
    .filter(({ certificate: { source } }) => source !== 'imported' && source !== 'released')
    .map(({ certificate, issuance }) => ({
      spec: certificate.spec,
      record: certificate,
      issuance,
    }));
  const known = new Set(managed.map(({ spec }) => identityOf(spec)));
  const others = certificates.filter((spec) => !known.has(identityOf(spec)));
  return [...managed, ...others.map((spec) => ({ spec }))];
}

function identityOf({ names, keyType }: CertificateSpec): string {
  return `${keyAlgorithmOf(keyType)} ${names.join()}`;
}

async function subjectsOf(
  { store }: LifecycleContext,
  { certificates, defaults }: Configured,
  text: string,
): Promise<Subject[]> {
  const name = parseName(text);
  try {
    const found = await selectCertificates(store, { name });
    return found
      .filter((one) => one !== undefined)
      .map(({ certificate, issuance }) => ({
        spec: certificate.spec,
        record: certificate,
        issuance,
      }));
  } catch (thrown) {
    if (toAppError(thrown).code !== 'certificate/not-found') throw thrown;
    const wanted = certificates.filter(({ names }) => names.includes(name));
    const specs = wanted.length > 0 ? wanted : specsFor(defaults, [name]);
    return specs.map((spec) => ({ spec }));
  }
}

async function examine(
  context: DiagnoseContext,
  { spec, record, issuance }: Subject,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { preflight, clock } = context;
  const issuers = await Promise.all(
    spec.issuers.map((name) => issuerState(context, spec, name, signal)),
  );
  // An internal CA asks nobody for proof.
  const needsProof = issuers.some(({ facts, silence }) => facts ?? silence);
  const names = needsProof ? await preflight.look(spec, signal) : [];
  const probes = await probeAll(context, { spec, record, names }, signal);
  return examineCertificate({
    now: clock.now(),
    spec,
    ...(record === undefined ? {} : { state: { issuance, failure: record.failure } }),
    issuers,
    own: preflight.ownAddresses(),
    names,
    probes,
  });
}

async function issuerState(
  { issuers }: LifecycleContext,
  spec: CertificateSpec,
  name: string,
  signal: AbortSignal,
): Promise<IssuerState> {
  try {
    const issuer = await issuers.find(name);
    issuer.check(spec);
    try {
      const facts = await issuer.facts?.(signal);
      return { name, ...(facts === undefined ? {} : { facts }) };
    } catch (thrown) {
      if (isAbort(thrown, signal)) throw thrown;
      return { name, silence: toAppError(thrown) };
    }
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    return { name, objection: toAppError(thrown) };
  }
}

interface ProbeWork {
  readonly spec: CertificateSpec;
  readonly record: CertificateRecord | undefined;
  readonly names: readonly NameFacts[];
}

/**
 * An order is under way: the CA itself looks at the ports now. Or the disk is full: that is found by a
 * check of its own, and must not keep the others from being shown.
 */
const UNPROBED: readonly string[] = ['lease/held', 'store/unwritable'];

/** Under the certificate's lease: an answer of ours must not stand in the way of an order's. */
async function probeAll(
  { store, clock, probe }: DiagnoseContext,
  { spec, record, names }: ProbeWork,
  signal: AbortSignal,
): Promise<ProbeFacts[]> {
  const work = async (held: AbortSignal): Promise<ProbeFacts[]> => {
    const found = await mapConcurrently(names, AT_ONCE, async (facts) => {
      const [type] = methodsFor(facts.name, spec.challenges);
      const addresses = addressesOf(facts).slice(0, MOST_PROBED_ADDRESSES);
      if (type === undefined || isByDns(type) || addresses.length === 0) return [];
      return probe({ spec, name: baseName(facts.name), type, addresses }, held);
    });
    return found.flat();
  };
  if (record === undefined) return work(signal);
  const options = {
    leases: store.leases,
    clock,
    name: `certificate/${record.id}`,
    subject: 'working on this certificate',
    patience: 'none',
  } as const;
  try {
    return await withLease(options, signal, work);
  } catch (thrown) {
    if (thrown instanceof AppError && UNPROBED.includes(thrown.code)) return [];
    throw thrown;
  }
}

function addressesOf({ name, addresses }: NameFacts): readonly string[] {
  if (isAddress(name)) return [name];
  return addresses?.known === true ? addresses.addresses : [];
}
