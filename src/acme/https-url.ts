/**
 * The URLs of an ACME server: https only (RFC 8555 §6.1).
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';

const LONGEST_URL = 2_048;

/** A URL inside a server's answer. */
export const httpsUrl = z
  .string()
  .max(LONGEST_URL)
  .refine((text) => problemWith(text) === undefined, 'is not an https URL');

/** A URL that only people open, so of any scheme; in its parsed form nothing but ASCII is left. */
export const readableUrl = z
  .url()
  .max(LONGEST_URL)
  .transform((text) => new URL(text).href);

/** @throws `input/invalid` for anything else than an https URL without credentials. */
export function parseDirectoryUrl(text: string): string {
  const problem = problemWith(text);
  if (problem === undefined) return new URL(text).href;
  throw new AppError('input/invalid', `the ACME directory URL ${problem}`, {
    mend: 'Give the https URL of an ACME directory, such as https://acme-v02.api.letsencrypt.org/directory.',
  });
}

/** `reference`, as a header of the answer from `base` gives it, if it leads to an https URL. */
export function resolveUrl(reference: string | undefined, base: string): string | undefined {
  if (reference === undefined) return undefined;
  const url = URL.parse(reference, base)?.href;
  return url !== undefined && problemWith(url) === undefined ? url : undefined;
}

/** How messages name a server: its host, and its port when that is not the usual one. */
export function hostOf(url: string): string {
  return new URL(url).host;
}

function problemWith(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'is not a URL';
  if (url.protocol !== 'https:') return `begins with ${url.protocol}// instead of https://`;
  if (url.username !== '' || url.password !== '') return 'holds credentials';
  if (text.length > LONGEST_URL) return 'is too long';
  return undefined;
}
