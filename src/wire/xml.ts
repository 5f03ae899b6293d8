/**
 * The elements of an XML document, as APIs answer with: no document types, no namespaces, bounded.
 *
 * @module
 */

export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All character data directly in it. */
  readonly text: string;
}

/** The root element; `undefined` for what is not well-formed, or has a document type. */
export function parseXml(text: string): XmlElement | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const document = openElement('');
  const open: OpenElement[] = [document];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    if (found.index !== at) return undefined;
    at += found[0].length;
    const { data, cdata, close, name, attributes, empty } = found.groups ?? {};
    const current = open.at(-1);
    if (current === undefined) return undefined;
    if (data !== undefined) current.text += decodeEntities(data);
    if (cdata !== undefined) current.text += cdata;
    if (close !== undefined) {
      if (open.length === 1 || current.tag !== close) return undefined;
      open.pop();
    }
    if (name !== undefined) {
      const element = openElement(name);
      for (const attribute of (attributes ?? '').matchAll(ATTRIBUTE)) {
        const { key = '', double, single } = attribute.groups ?? {};
        element.attributes[key] = decodeEntities(double ?? single ?? '');
      }
      current.children.push(element);
      if (empty === '') open.push(element);
      if (open.length > DEEPEST) return undefined;
    }
  }
  const isWhole = at === text.length && open.length === 1 && document.text.trim() === '';
  return isWhole && document.children.length === 1 ? document.children[0] : undefined;
}

/** The first element along `path` below `element`. */
export function findElement(
  element: XmlElement | undefined,
  ...path: readonly string[]
): XmlElement | undefined {
  return path.reduce(
    (current, name) => current?.children.find((child) => child.name === name),
    element,
  );
}

/** The children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** `text` as character data or the value of an attribute. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

interface OpenElement extends XmlElement {
  readonly tag: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

function openElement(tag: string): OpenElement {
  const attributes = Object.create(null) as Record<string, string>;
  return { tag, name: tag.slice(tag.indexOf(':') + 1), attributes, children: [], text: '' };
}

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, ...found) => {
    const [decimal, hexadecimal, name] = found as (string | undefined)[];
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

// Data; comments and instructions; CDATA; end tags; start tags.
const TOKEN =
  /(?<data>[^<]+)|<!--(?:(?!-->)[^])*-->|<\?(?:(?!\?>)[^])*\?>|<!\[CDATA\[(?<cdata>(?:(?!\]\]>)[^])*)\]\]>|<\/(?<close>[\w:.-]+)\s*>|<(?<name>[\w:.-]+)(?<attributes>(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<empty>\/?)>/gy;
const ATTRIBUTE = /(?<key>[\w:.-]+)\s*=\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)')/g;

const MOST_CHARACTERS = 4 * 1024 * 1024;
const DEEPEST = 50;
