/**
 * Why a certificate is in its state, and what comes next, in words.
 *
 * @module
 */
import type { CertificateDetail } from '../answers.ts';
import { countText, sentence } from '../format.ts';
import { Icon } from './icon.tsx';
import { Instant } from './instant.tsx';

export function CertificateReason({ certificate }: { readonly certificate: CertificateDetail }) {
  return (
    <>
      {certificate.failure !== undefined && <Failure failure={certificate.failure} />}
      {certificate.served !== undefined && certificate.served.length > 0 && (
        <Served served={certificate.served} />
      )}
      {certificate.waiting !== undefined && <Waiting waiting={certificate.waiting} />}
      {(certificate.failure === undefined || certificate.order !== undefined) && (
        <Next certificate={certificate} />
      )}
    </>
  );
}

function Failure({ failure }: { readonly failure: NonNullable<CertificateDetail['failure']> }) {
  const { error, count, since, at, retryAt, parked } = failure;
  return (
    <section class="panel panel-bad" aria-label="What failed">
      <Icon name="warning" />
      <div>
        <p class="panel-title">{sentence(error.message)}</p>
        {error.mend !== undefined && <p>{error.mend}</p>}
        {error.causes?.map((cause) => (
          <p class="small" key={cause}>
            {sentence(cause)}
          </p>
        ))}
        <p>
          {count === 1 ? (
            <>
              1 attempt has failed, <Instant at={at} />.
            </>
          ) : (
            <>
              {countText(count, 'attempt')} have failed since <Instant at={since} isFull />, the
              last <Instant at={at} />.
            </>
          )}{' '}
          The next one is made <Instant at={retryAt} />.
        </p>
        {parked !== undefined && (
          <p>
            Parked <Instant at={parked.since} />: {sentence(parked.message)} The CA is not asked
            until DNS leads here again.
          </p>
        )}
        <p class="muted small">
          <code>{error.code}</code>
        </p>
      </div>
    </section>
  );
}

function Served({ served }: { readonly served: NonNullable<CertificateDetail['served']> }) {
  return (
    <section class="panel panel-warn" aria-label="What clients get instead">
      <Icon name="warning" />
      <div>
        <p class="panel-title">Clients do not get this certificate everywhere.</p>
        <ul>
          {served.map(({ name, address, message, since }) => (
            <li key={`${name} ${address}`}>
              {name} at {address}: {sentence(message)} Since <Instant at={since} isFull />.
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Waiting({ waiting }: { readonly waiting: NonNullable<CertificateDetail['waiting']> }) {
  const { message, until, url } = waiting;
  return (
    <section class="panel panel-warn" aria-label="What it waits for">
      <Icon name="clock" />
      <div>
        <p class="panel-title">{sentence(message)}</p>
        <p>
          {until === undefined ? (
            'It waits until somebody tries again.'
          ) : (
            <Instant at={until} isFull />
          )}
        </p>
        {url !== undefined && (
          <p>
            <a href={url} rel="noreferrer">
              Lift it at the CA
            </a>
          </p>
        )}
      </div>
    </section>
  );
}

function Next({
  certificate: { next, status, order },
}: {
  readonly certificate: CertificateDetail;
}) {
  const isGood = status === 'valid';
  return (
    <section class={`panel ${isGood ? 'panel-good' : ''}`} aria-label="What comes next">
      <Icon name={isGood ? 'tick' : 'clock'} />
      <div>
        <p class="panel-title">{sentence(next.message)}</p>
        {next.at !== undefined && (
          <p>
            Next look: <Instant at={next.at} isFull />
          </p>
        )}
        {order !== undefined && (
          <p>
            An order is unfinished since <Instant at={order.since} />
            {order.url !== undefined && (
              <>
                : <code>{order.url}</code>
              </>
            )}
          </p>
        )}
      </div>
    </section>
  );
}
