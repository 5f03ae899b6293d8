/**
 * The directory: where an ACME server keeps its resources (RFC 8555 §7.1.1).
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { hostOf, httpsUrl, readableUrl } from './https-url.ts';
import { refusalOf } from './refusal.ts';
import type { TransportResponse } from './transport.ts';

const metaSchema = z.object({
  termsOfService: readableUrl.optional().catch(undefined),
  website: readableUrl.optional().catch(undefined),
  caaIdentities: z.array(z.string().max(253)).max(100).catch([]),
  externalAccountRequired: z.boolean().catch(false),
  /** Profile names with a description, or the URL of one. */
  profiles: z.record(z.string(), z.string()).catch({}),
});

/** Servers add keys of their own, some of them random so that clients learn to ignore them. */
const directorySchema = z.object({
  newNonce: httpsUrl,
  newAccount: httpsUrl,
  newOrder: httpsUrl,
  revokeCert: httpsUrl.optional(),
  keyChange: httpsUrl.optional().catch(undefined),
  renewalInfo: httpsUrl.optional().catch(undefined),
  meta: z
    .looseObject({})
    .catch({})
    .transform((meta) => metaSchema.parse(meta)),
});

export type Directory = z.output<typeof directorySchema>;

/** @throws `acme/bad-response` when what answers at this URL is something else. */
export function parseDirectory(response: TransportResponse): Directory {
  if (response.status === 429 || response.status >= 500) {
    throw refusalOf(response, 'read its directory');
  }
  if (response.status !== 200) throw notDirectory(response, statusReason(response));
  const parsed = directorySchema.safeParse(findJson(response.body));
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues[0]?.path.join('.') ?? '';
  throw notDirectory(
    response,
    missing === '' ? 'it is not JSON' : `its member ${missing} is missing or no https URL`,
  );
}

function statusReason(response: TransportResponse): string {
  const target = response.headers['location'];
  return response.status >= 300 && response.status < 400 && target !== undefined
    ? `it redirects to ${target.slice(0, 300)}`
    : `it answers with status ${response.status}`;
}

function notDirectory(response: TransportResponse, reason: string): AppError {
  return new AppError('acme/bad-response', `${response.url} is not an ACME directory: ${reason}`, {
    context: { url: response.url, status: response.status },
    mend: `Look up the directory URL in the documentation of the CA at ${hostOf(response.url)}.`,
  });
}

function findJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
