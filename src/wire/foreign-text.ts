/**
 * What others print or answer, made fit for our messages: no secrets, no control characters, short.
 *
 * @module
 */

/** Shorter values are words of the language rather than secrets. */
const SHORTEST_SECRET = 4;
const REDACTED = '[redacted]';

/** `text` without control characters but line feeds, and with every one of `secrets` hidden. */
export function redact(text: string, secrets: readonly string[]): string {
  // The longest first: one secret may be a part of another.
  const lines = secrets.flatMap(linesOf).toSorted((left, right) => right.length - left.length);
  const clean = text.replaceAll('\r\n', '\n').replaceAll(CONTROL, ' ');
  return lines.reduce((hidden, secret) => hidden.replaceAll(secret, REDACTED), clean);
}

/** `secrets` also as URLs, headers of basic authentication and hexadecimal dumps spell them. */
export function spellingsOf(secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const octets = Buffer.from(secret);
    const base64 = octets.toString('base64');
    return [secret, encodeURIComponent(secret), base64, octets.toString('hex')];
  });
}

/** The last line with anything on it, as a fragment of a message. */
export function lastLine(text: string, mostCharacters = 200): string | undefined {
  const line = text.split('\n').findLast((candidate) => candidate.trim() !== '');
  return line?.trim().slice(0, mostCharacters);
}

function linesOf(secret: string): string[] {
  return secret
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_SECRET);
}

// A terminal would obey them.
const CONTROL = /(?!\n)\p{Cc}/gu;
