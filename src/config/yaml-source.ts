/**
 * A YAML document as plain values that still know where in the file they stand.
 *
 * @module
 */
import {
  type Document,
  type ErrorCode,
  LineCounter,
  type Node,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import { type ExpansionScope, expandText } from './expand-text.ts';
import { type ConfigPath, type Position, type Problem, formatPath } from './problem.ts';

export interface YamlSource {
  /** Of maps, lists, texts, numbers, booleans and null; `undefined` for an empty or broken file. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  locate(path: ConfigPath, part?: 'key' | 'value'): Place;
  /** True when the text at `path` was put together from the environment: it may be a secret. */
  isExpanded(path: ConfigPath): boolean;
}

export interface Place extends Position {
  /** How many steps of the path exist in the file. */
  readonly depth: number;
}

/** Aliases multiply: the expanded tree is bounded, not only the text. */
const MOST_NODES = 200_000;
const DEEPEST = 40;

export function readYaml(text: string, scope: ExpansionScope): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const reader = new Reader(document, scope, positionAt);
  const { problems, isReadable } = complaintsOf(document, positionAt);
  const value = isReadable ? reader.read(document.contents, []) : undefined;
  return {
    value: value ?? undefined,
    problems: [...problems, ...reader.problems],
    locate: (path, part = 'value') => locate(document, path, part, positionAt),
    isExpanded: (path) => reader.expanded.has(formatPath(path)),
  };
}

class Reader {
  readonly problems: Problem[] = [];
  readonly expanded = new Set<string>();
  readonly #document: Document;
  readonly #scope: ExpansionScope;
  readonly #positionAt: (offset: number) => Position;
  #nodes = 0;

  constructor(document: Document, scope: ExpansionScope, positionAt: (offset: number) => Position) {
    this.#document = document;
    this.#scope = scope;
    this.#positionAt = positionAt;
  }

  read(node: unknown, path: ConfigPath): unknown {
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES) {
      if (this.#nodes === MOST_NODES + 1) this.#complain(node, [], 'has too many values');
      return undefined;
    }
    if (path.length > DEEPEST) {
      this.#complain(node, path.slice(0, 3), 'is nested too deeply');
      return undefined;
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target !== undefined) return this.read(target, path);
      this.#complain(node, path, `refers to the anchor "${node.source}", which is not above it`);
      return undefined;
    }
    if (isMap(node)) return this.#readMap(node.items, path);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    if (!isScalar(node)) return undefined;
    return typeof node.value === 'string' ? this.#expand(node, node.value, path) : node.value;
  }

  #readMap(pairs: readonly { key: unknown; value: unknown }[], path: ConfigPath): unknown {
    const map: Record<string, unknown> = {};
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? String(key.value) : '';
      // Plain assignment would change the map's prototype instead.
      if (name === '__proto__') this.#complain(key, path, 'has the key "__proto__"');
      else map[name] = this.read(value, [...path, name]);
    }
    return map;
  }

  #expand(node: Node, text: string, path: ConfigPath): string {
    if (!text.includes('$')) return text;
    const expansion = expandText(text, this.#scope);
    if (expansion.failure === undefined) {
      if (/\$\{/.test(text)) this.expanded.add(formatPath(path));
      return expansion.found;
    }
    this.#complain(node, path, expansion.failure, expansion.mend);
    return text;
  }

  #complain(node: unknown, path: ConfigPath, message: string, mend?: string): void {
    const offset = (node as Partial<Node> | null)?.range?.[0] ?? 0;
    const position = this.#positionAt(offset);
    const problem = { ...position, path: formatPath(path), message };
    this.problems.push(mend === undefined ? problem : { ...problem, mend });
  }
}

/**
 * The parser's errors in our words: its own quote the text at fault, which may be a secret. All
 * that follows the first error of syntax is its consequence.
 */
function complaintsOf(
  document: Document,
  positionAt: (offset: number) => Position,
): { problems: Problem[]; isReadable: boolean } {
  const complaints = [...document.errors, ...document.warnings];
  const fatal = complaints.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
  const shown = fatal === -1 ? complaints : complaints.slice(0, fatal + 1);
  const problems = shown.map(({ code, pos }) => ({
    ...positionAt(pos[0]),
    path: '',
    ...(COMPLAINTS[code] ?? NOT_YAML),
  }));
  return { problems, isReadable: fatal === -1 };
}

interface Complaint {
  readonly message: string;
  readonly mend?: string;
}

const NOT_YAML: Complaint = {
  message: 'this is not valid YAML',
  mend: 'Check indentation, brackets and quotes at this place; texts with ${ } inside { } need quotes.',
};

const COMPLAINTS: Partial<Record<ErrorCode, Complaint>> = {
  DUPLICATE_KEY: { message: 'this key stands twice in one map' },
  MISSING_CHAR: { message: 'this is not valid YAML: a closing quote or a separator is missing' },
  MULTIPLE_DOCS: { message: 'a second YAML document begins here; one is allowed' },
  NON_STRING_KEY: { message: 'this is not valid as a key: write a plain word' },
  RESOURCE_EXHAUSTION: { message: 'this is nested too deeply' },
  TAB_AS_INDENT: { message: 'this line is indented by a tab', mend: 'Indent with spaces.' },
  TAG_RESOLVE_FAILED: { message: 'this YAML tag has no meaning here' },
};

/** The place of `path`, or of the nearest enclosing value that the file has. */
function locate(
  document: Document,
  path: ConfigPath,
  part: 'key' | 'value',
  positionAt: (offset: number) => Position,
): Place {
  let node: unknown = document.contents;
  let offset = (node as Partial<Node> | null)?.range?.[0] ?? 0;
  let depth = 0;
  for (const step of path) {
    const next = stepInto(isAlias(node) ? node.resolve(document) : node, step);
    if (next === undefined) break;
    depth += 1;
    const wanted = part === 'key' && depth === path.length ? next.key : next.value;
    offset = (wanted as Partial<Node> | null)?.range?.[0] ?? next.key?.range?.[0] ?? offset;
    node = next.value;
  }
  return { ...positionAt(offset), depth };
}

function stepInto(
  node: unknown,
  step: string | number,
): { key?: Partial<Node>; value: unknown } | undefined {
  if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
    return { value: node.items[step] };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair === undefined ? undefined : { key: pair.key as Node, value: pair.value };
}
