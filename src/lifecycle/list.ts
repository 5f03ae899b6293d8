/**
 * What there is: all certificates, or one with its history.
 *
 * @module
 */
import { viewEvent } from '../observe/events/event.ts';
import type { LifecycleContext } from './context.ts';
import { type Paired, paired } from '../core/paired.ts';
import { type CertificateChoice, selectCertificates } from './select.ts';
import { viewServed } from './watch/served-view.ts';
import type { CertificateWithIssuance, Store } from '../store/store.ts';
import {
  type CertificateDetail,
  type CertificateView,
  viewCertificate,
  viewChain,
  viewIssuance,
} from './view.ts';

const PAGE = 1_000;
const lately = (certificateId: string) => ({ order: 'newest', certificateId, limit: 10 }) as const;

type Reading = Pick<LifecycleContext, 'store' | 'clock'>;

export async function listCertificates({ store, clock }: Reading): Promise<CertificateView[]> {
  const all = await collectCertificates(store);
  return all.map(({ certificate, issuance }) => viewCertificate(clock, certificate, issuance));
}

export async function collectCertificates(store: Store): Promise<CertificateWithIssuance[]> {
  const all: CertificateWithIssuance[] = [];
  let page = await store.certificates.list({ limit: PAGE });
  for (;;) {
    all.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return all;
    page = await store.certificates.list({ after: last.certificate.id, limit: PAGE });
  }
}

export async function showCertificate(
  reading: Reading,
  choice: CertificateChoice,
): Promise<Paired<CertificateDetail>> {
  const [first, second] = await selectCertificates(reading.store, choice);
  return paired(
    await detailOf(reading, first),
    second === undefined ? undefined : await detailOf(reading, second),
  );
}

async function detailOf(
  { store, clock }: Reading,
  { certificate, issuance }: CertificateWithIssuance,
): Promise<CertificateDetail> {
  const { window, renewAt, explanationUrl } = certificate.renewal;
  const order = await store.orders.unfinishedOf(certificate.id);
  const served = (await store.served.list(certificate.id)).map(viewServed);
  return {
    ...viewCertificate(clock, certificate, issuance),
    ...(window === undefined
      ? {}
      : {
          renewal: {
            windowStart: window.start.toISOString(),
            windowEnd: window.end.toISOString(),
            ...(renewAt === undefined ? {} : { renewAt: renewAt.toISOString() }),
            ...(explanationUrl === undefined ? {} : { explanationUrl }),
          },
        }),
    ...(issuance === undefined ? {} : viewChain(issuance.chainPem)),
    events: (await store.events.page(lately(certificate.id))).events.map(viewEvent),
    ...(served.length === 0 ? {} : { served }),
    history: (await store.issuances.ofCertificate(certificate.id)).map(viewIssuance),
    ...(order === undefined
      ? {}
      : {
          order: {
            reason: order.reason,
            since: order.createdAt.toISOString(),
            ...(order.url === undefined ? {} : { url: order.url }),
          },
        }),
  };
}
