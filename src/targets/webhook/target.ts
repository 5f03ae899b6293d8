/**
 * A POST request to a receiver of the operator's, signed so that it knows who has sent it.
 *
 * @module
 */
import { createHmac } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { lastLine, redact } from '../../wire/foreign-text.ts';
import { keyPemOf, splitChain } from '../delivery-parts.ts';
import { describeDelivery } from '../describe-delivery.ts';
import { exchange } from '../http-exchange.ts';
import type { Target } from '../target.ts';

export interface WebhookSettings {
  readonly url: string;
  /** Of the HMAC. */
  readonly secret: string;
  readonly includeKey: boolean;
  readonly caPem?: string;
  readonly timeoutMs: number;
}

export const SIGNATURE_HEADER = 'certctl-signature';

export function createWebhookTarget(settings: WebhookSettings, clock: Clock): Target {
  const { secret, includeKey, caPem, timeoutMs } = settings;
  const url = new URL(settings.url);
  return {
    async deliver(delivery, signal) {
      const { leaf, intermediates } = splitChain(delivery);
      const pem = { certificate: leaf, chain: intermediates, fullchain: delivery.chainPem };
      const key = includeKey ? keyPemOf(delivery) : undefined;
      const body = JSON.stringify({
        ...describeDelivery(delivery),
        pem: key === undefined ? pem : { ...pem, key },
      });
      const headers = {
        'content-type': 'application/json',
        [SIGNATURE_HEADER]: signatureOf(secret, body, clock.now()),
      };
      const attempt = `cannot post to ${url.host}`;
      const answer = await exchange(
        { attempt, method: 'POST', url, headers, body, caPem, timeoutMs },
        signal,
      );
      if (answer.status >= 200 && answer.status < 300) return `posted to ${url.host}`;
      const said = lastLine(redact(answer.text, [secret, ...(key === undefined ? [] : [key])]));
      throw new AppError(
        answer.status >= 500 || answer.status === 429 ? 'target/unavailable' : 'target/failed',
        `${attempt}: status ${answer.status}${said === undefined ? '' : `: ${said}`}`,
        { mend: 'See the log of the receiver.', context: { status: answer.status } },
      );
    },
    close: async () => {},
  };
}

/** Seconds since 1970, and HMAC-SHA256 of `seconds.body`: a replayed request is told by its age. */
export function signatureOf(secret: string, body: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1_000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
