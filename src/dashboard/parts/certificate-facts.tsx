/**
 * What is asked of a certificate, and what is served now.
 *
 * @module
 */
import type { CertificateDetail } from '../answers.ts';
import { Instant } from './instant.tsx';

const SOURCES: Readonly<Record<CertificateDetail['source'], string>> = {
  file: 'The configuration',
  added: 'A person',
  endpoint: 'An endpoint of the configuration',
  'on-demand': 'The first client that asked for the name',
  imported: 'An import: it is not renewed',
  released: 'The configuration, which no longer has it',
};

export function CertificateFacts({ certificate }: { readonly certificate: CertificateDetail }) {
  const { current, renewal, names, dns, profile, preferredChain, challenges } = certificate;
  return (
    <section class="card" aria-labelledby="facts-title">
      <h2 id="facts-title">Certificate</h2>
      <dl class="facts">
        <dt>Names</dt>
        <dd>
          <ul class="name-list">
            {names.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </dd>
        {current !== undefined && (
          <>
            <dt>Expires</dt>
            <dd>
              <Instant at={current.notAfter} isFull />
            </dd>
            <dt>Issued</dt>
            <dd>
              <Instant at={current.issuedAt} isFull /> by {current.issuer}
            </dd>
            {current.revokedAt !== undefined && (
              <>
                <dt>Revoked</dt>
                <dd>
                  <Instant at={current.revokedAt} isFull />
                  {current.revocationReason !== undefined && `, ${current.revocationReason}`}
                </dd>
              </>
            )}
          </>
        )}
        {renewal !== undefined && (
          <>
            <dt>Renewal, says the CA</dt>
            <dd>
              between <Instant at={renewal.windowStart} isFull /> and{' '}
              <Instant at={renewal.windowEnd} isFull />
              {renewal.explanationUrl !== undefined && (
                <>
                  ;{' '}
                  <a href={renewal.explanationUrl} rel="noreferrer">
                    its explanation
                  </a>
                </>
              )}
            </dd>
          </>
        )}
        {renewal?.renewAt !== undefined && (
          <>
            <dt>Renewal, chosen</dt>
            <dd>
              <Instant at={renewal.renewAt} isFull />
            </dd>
          </>
        )}
        <dt>Issuers</dt>
        <dd>{certificate.issuers.join(', then ')}</dd>
        {challenges.length > 0 && (
          <>
            <dt>Challenges</dt>
            <dd>
              {challenges.join(', then ')}
              {dns !== undefined && `, DNS by ${dns}`}
            </dd>
          </>
        )}
        <dt>Key</dt>
        <dd>
          {certificate.keyType}
          {certificate.reuseKey === true && ', kept on renewal'}
          {certificate.isKeyElsewhere === true && ', which is elsewhere'}
        </dd>
        {profile !== undefined && (
          <>
            <dt>Profile</dt>
            <dd>{profile}</dd>
          </>
        )}
        {preferredChain !== undefined && (
          <>
            <dt>Preferred chain</dt>
            <dd>{preferredChain}</dd>
          </>
        )}
        <dt>Asked for by</dt>
        <dd>{SOURCES[certificate.source]}</dd>
        {current !== undefined && (
          <>
            <dt>Serial number</dt>
            <dd>
              <code>{current.serial}</code>
            </dd>
            <dt>SHA-256</dt>
            <dd>
              <code>{current.fingerprint256}</code>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
