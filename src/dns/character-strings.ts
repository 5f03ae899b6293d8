/**
 * The contents of TXT records as zone files and many APIs spell them (RFC 1035 §5.1).
 *
 * @module
 */

/** One quoted string for each 255 octets. */
export function quoteText(value: string): string {
  const parts = value.match(/.{1,255}/gs) ?? [''];
  return parts.map((part) => `"${part.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(' ');
}

/** The value of quoted strings; a bare one is taken as it is. */
export function unquoteText(content: string): string {
  const strings = [...content.matchAll(/"((?:[^"\\]|\\.)*)"/gs)];
  if (strings.length === 0) return content;
  return strings.map(([, inner = '']) => unescape(inner)).join('');
}

function unescape(inner: string): string {
  return inner.replaceAll(/\\(\d{3}|.)/gs, (_whole, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
  );
}
