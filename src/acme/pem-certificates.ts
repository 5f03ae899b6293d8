/**
 * PEM text, cut into its certificates.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----/g;

/** Each certificate block of `text`, with one line end behind it. */
export function pemCertificates(text: string): string[] {
  return [...text.matchAll(CERTIFICATE)].map(([block]) => `${block.replaceAll('\r', '')}\n`);
}

/** The first block that is no X.509 certificate; `position` counts from one, for messages. */
export function findUnreadable(
  blocks: readonly string[],
): { readonly position: number; readonly cause: unknown } | undefined {
  for (const [index, block] of blocks.entries()) {
    try {
      void new X509Certificate(block);
    } catch (cause) {
      return { position: index + 1, cause };
    }
  }
  return undefined;
}
