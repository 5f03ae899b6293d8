/**
 * Values as in CAA `issue` records (RFC 8659 §4.2): a domain, then `tag=value` parameters.
 *
 * @module
 */

export interface IssueValue {
  /** In lower case. */
  readonly domain: string;
  /** By their tags in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `undefined` for a malformed value. */
export function parseIssueValue(text: string): IssueValue | undefined {
  const [domain = '', ...parts] = text.split(';').map((part) => part.replaceAll(EDGE_SPACE, ''));
  if (domain === '') return undefined;
  const parameters = new Map<string, string>();
  // Nothing after the last semicolon is no parameter.
  if (parts.at(-1) === '') parts.pop();
  for (const part of parts) {
    const [, tag, value] = PARAMETER.exec(part) ?? [];
    if (tag === undefined || value === undefined) return undefined;
    if (parameters.has(tag.toLowerCase())) return undefined;
    parameters.set(tag.toLowerCase(), value);
  }
  return { domain: domain.toLowerCase(), parameters };
}

const EDGE_SPACE = /^[ \t]+|[ \t]+$/g;
const PARAMETER =
  /^([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)$/;
