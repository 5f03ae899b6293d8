/**
 * All about one certificate: its state and the reason of it, what is served, what happened.
 *
 * @module
 */
import { useState } from 'preact/hooks';
import type { CertificateDetail, Job, Order, PageOf } from '../answers.ts';
import { begin, offersFor, outcomeOf, type Work, WORK_TITLES } from '../certificate-work.ts';
import { get } from '../client.ts';
import { countText, sentence } from '../format.ts';
import { forgetInventory } from '../inventory-list.ts';
import { goSaying } from '../notice.ts';
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
import { RemoveDialog } from '../parts/remove-dialog.tsx';
import { RevokeDialog } from '../parts/revoke-dialog.tsx';
import { StatusBadge } from '../parts/status-badge.tsx';
import { useJob } from '../use-job.ts';
import { useResource } from '../use-resource.ts';
import { Page, type PageProps } from './page.tsx';

const REFRESH_MS = 15_000;
/** While something new is about to come. */
const SOON_REFRESH_MS = 3_000;
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

function refreshMsOf(shown: Whole | undefined): number {
  const { order, status } = shown?.certificate ?? {};
  return order === undefined && status !== 'revoked' ? REFRESH_MS : SOON_REFRESH_MS;
}

interface Started {
  readonly work: Work;
  readonly job: Job;
}

export function CertificatePage({ id }: PageProps) {
  const whole = useResource(id, (signal) => load(id, signal), { everyMs: refreshMsOf });
  const [started, setStarted] = useState<Started>();
  const [asking, setAsking] = useState<'revoke' | 'remove'>();
  const job = useJob(started?.job, whole.reload);
  const certificate = whole.value?.certificate;
  const offers = certificate && offersFor(certificate);
  const isBusy = job?.state === 'running';
  const [name = 'Certificate', ...others] = certificate?.names ?? [];

  const start = (work: 'renew' | 'deploy') => (): void =>
    void begin(work, id).then((begun) => setStarted({ work, job: begun }));
  const stopAsking = (): void => setAsking(undefined);
  const sayRemoved = (): void => {
    forgetInventory();
    goSaying('/certificates', `${name} is removed.`);
  };

  return (
    <Page
      title={name}
      lead={
        certificate && (
          <>
            <StatusBadge status={certificate.status} />{' '}
            {others.length > 0 && `and ${countText(others.length, 'other name')}`}
          </>
        )
      }
      actions={
        <>
          {offers?.renew === true && (
            <button type="button" class="button primary" disabled={isBusy} onClick={start('renew')}>
              <Icon name="renew" />
              {certificate?.current === undefined ? 'Obtain it now' : 'Renew now'}
            </button>
          )}
          {offers?.revoke === true && (
            <button
              type="button"
              class="button"
              disabled={isBusy}
              onClick={() => setAsking('revoke')}
            >
              Revoke…
            </button>
          )}
          {offers?.remove === true && (
            <button
              type="button"
              class="button"
              disabled={isBusy}
              onClick={() => setAsking('remove')}
            >
              Remove…
            </button>
          )}
        </>
      }
    >
      {certificate !== undefined && asking === 'revoke' && (
        <RevokeDialog
          certificate={certificate}
          onStarted={(revoking) => setStarted({ work: 'revoke', job: revoking })}
          onClose={stopAsking}
        />
      )}
      {certificate !== undefined && asking === 'remove' && (
        <RemoveDialog certificate={certificate} onRemoved={sayRemoved} onClose={stopAsking} />
      )}
      {started !== undefined && job !== undefined && (
        <JobProgress
          job={job}
          title={WORK_TITLES[started.work]}
          outcome={outcomeOf(started.work, job)}
          takesFocus
        />
      )}
      <Loaded of={whole} what="the certificate">
        {(value) => (
          <Details
            {...value}
            isBusy={isBusy}
            onDeploy={offers?.deploy === true ? start('deploy') : undefined}
          />
        )}
      </Loaded>
    </Page>
  );
}

interface DetailsProps extends Whole {
  readonly isBusy: boolean;
  readonly onDeploy: (() => void) | undefined;
}

function Details({ certificate, orders, isBusy, onDeploy }: DetailsProps) {
  const { events, chainPem, chain = [], deployments, history } = certificate;
  return (
    <>
      <CertificateReason certificate={certificate} />
      <div class="columns">
        <CertificateFacts certificate={certificate} />
        <div class="stack">
          {deployments !== undefined && (
            <DeploymentsCard deployments={deployments} isBusy={isBusy} onDeploy={onDeploy} />
          )}
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
