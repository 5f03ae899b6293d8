/**
 * The `Link` header (RFC 8288), as far as ACME uses it: URLs by relation.
 *
 * @module
 */
import { resolveUrl } from './https-url.ts';

const MOST_LINKS = 20;

/** The URLs that the answer from `base` links as `relation`, each once, in the given order. */
export function linksOf(header: string | undefined, relation: string, base: string): string[] {
  const urls = new Set<string>();
  // The target stands in <>, so a comma inside it does not end the link.
  for (const link of (header ?? '').matchAll(/<([^>]*)>((?:[^,"]|"[^"]*")*)/g)) {
    if (urls.size === MOST_LINKS) break;
    const url = relationsIn(link[2] ?? '').includes(relation)
      ? resolveUrl(link[1], base)
      : undefined;
    if (url !== undefined) urls.add(url);
  }
  return [...urls];
}

function relationsIn(parameters: string): string[] {
  const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(parameters);
  return (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
}
