/**
 * All about one certificate: its state and the reason of it, what is served, what happened.
 *
 * @module
 */
import { useState } from 'preact/hooks';
import type { CertificateDetail, Job, Order, PageOf } from '../answers.ts';
import { get, post, problemOf } from '../client.ts';
import { countText, sentence } from '../format.ts';
import { CertificateFacts } from '../parts/certificate-facts.tsx';
import { CertificateReason } from '../parts/certificate-reason.tsx';
import { ChainCard } from '../parts/chain-card.tsx';
import { DeploymentsCard } from '../parts/deployments-card.tsx';
import { EventList } from '../parts/event-list.tsx';
import { HistoryCard } from '../parts/history-card.tsx';
import { Icon } from '../parts/icon.tsx';
import { JobProgress } from '../parts/job-progress.tsx';
import { Loaded } from '../parts/loading.tsx';
import { OrdersCard } from '../parts/orders-card.tsx';
import { StatusBadge } from '../parts/status-badge.tsx';
import { may } from '../session.ts';
import { useJob } from '../use-job.ts';
import { useResource } from '../use-resource.ts';
import { Page, type PageProps } from './page.tsx';

const REFRESH_MS = 15_000;
const MOST_ORDERS = 50;

interface Whole {
  readonly certificate: CertificateDetail;
  readonly orders: readonly Order[];
}

async function load(id: string, signal: AbortSignal): Promise<Whole> {
  const [certificate, orders] = await Promise.all([
    get<CertificateDetail>(`/v1/certificates/${encodeURIComponent(id)}`, {}, signal),
    get<PageOf<Order>>('/v1/orders', { certificate: id, limit: MOST_ORDERS }, signal),
  ]);
  return { certificate, orders: orders.items };
}

export function CertificatePage({ id }: PageProps) {
  const whole = useResource(id, (signal) => load(id, signal), { everyMs: REFRESH_MS });
  const [started, setStarted] = useState<Job>();
  const job = useJob(started, whole.reload);
  const certificate = whole.value?.certificate;
  const isRunning = job?.state === 'running';

  const renew = (): void => {
    const path = `/v1/certificates/${encodeURIComponent(id)}/renew`;
    post<Job>(path, {}).then(setStarted, (thrown: unknown) => {
      const at = new Date().toISOString();
      const failed = { operation: 'renew', createdAt: at, steps: [], problem: problemOf(thrown) };
      setStarted({ id: `failed-${at}`, state: 'failed', ...failed });
    });
  };

  return (
    <Page
      title={certificate?.names[0] ?? 'Certificate'}
      lead={
        certificate && (
          <>
            <StatusBadge status={certificate.status} />{' '}
            {certificate.names.length > 1 &&
              `and ${countText(certificate.names.length - 1, 'other name')}`}
          </>
        )
      }
      actions={
        certificate !== undefined &&
        may('operator') && (
          <button type="button" class="button primary" disabled={isRunning} onClick={renew}>
            <Icon name="renew" />
            {certificate.current === undefined ? 'Obtain it now' : 'Renew now'}
          </button>
        )
      }
    >
      {job !== undefined && <JobProgress job={job} title="Renewal" />}
      <Loaded of={whole} what="the certificate">
        {(value) => <Details {...value} />}
      </Loaded>
    </Page>
  );
}

function Details({ certificate, orders }: Whole) {
  const { events, chainPem, chain = [], deployments, history } = certificate;
  return (
    <>
      <CertificateReason certificate={certificate} />
      <div class="columns">
        <CertificateFacts certificate={certificate} />
        <div class="stack">
          {deployments !== undefined && <DeploymentsCard deployments={deployments} />}
          <section class="card" aria-labelledby="events-title">
            <h2 id="events-title">Events</h2>
            {events.length === 0 ? (
              <p class="muted">{sentence('nothing has happened yet')}</p>
            ) : (
              <EventList events={events} isOfOne />
            )}
          </section>
        </div>
      </div>
      <OrdersCard orders={orders} />
      <HistoryCard history={history} current={certificate.current} />
      {chainPem !== undefined && (
        <ChainCard chainPem={chainPem} chain={chain} names={certificate.names} />
      )}
    </>
  );
}
