/**
 * Values that a JSON Schema takes, by chance; and values that are somehow beside it.
 *
 * @module
 */
import * as fc from 'fast-check';
import type { JsonSchema } from './api-document.ts';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** Lists and texts of a schema may be long; those of a test are not. */
const LONGEST_TEXT = 60;
const LONGEST_LIST = 4;
/** What schemas cannot say, and requests are about: names, patterns, ids that exist. */
export interface KnownValues {
  readonly names: readonly string[];
  readonly texts: readonly string[];
}

export function valuesOf(schema: JsonSchema, known: KnownValues): fc.Arbitrary<unknown> {
  const { type, const: only, enum: words, anyOf, oneOf, ...rest } = schema as Schema;
  if (only !== undefined) return fc.constant(only);
  if (words !== undefined) return fc.constantFrom(...words);
  const branches = anyOf ?? oneOf;
  if (branches !== undefined) {
    return fc.oneof(...branches.map((branch) => valuesOf(branch, known)));
  }
  switch (type) {
    case 'string':
      return textsOf(rest, known);
    case 'integer':
    case 'number': {
      const { minimum: min = -1_000, maximum: max = 1_000_000 } = rest;
      return fc.integer({ min, max: Math.min(max, 2 ** 31 - 1) });
    }
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valuesOf(rest.items ?? {}, known), {
        minLength: rest.minItems ?? 0,
        maxLength: Math.max(
          rest.minItems ?? 0,
          Math.min(rest.maxItems ?? LONGEST_LIST, LONGEST_LIST),
        ),
      });
    case 'object':
      return objectsOf(rest, known);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function textsOf(
  { pattern, format, minLength = 0, maxLength = LONGEST_TEXT }: Schema,
  { names, texts }: KnownValues,
): fc.Arbitrary<unknown> {
  if (format === 'date-time') {
    const [min, max] = [new Date('1990-01-01T00:00:00Z'), new Date('2090-01-01T00:00:00Z')];
    return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
  }
  const most = Math.min(maxLength, LONGEST_TEXT);
  const fitting = texts.filter(({ length }) => length >= minLength && length <= maxLength);
  const matching =
    pattern === undefined
      ? fc.string({ minLength, maxLength: most })
      : fc.stringMatching(new RegExp(pattern), { maxLength: most });
  return fc.oneof(
    { weight: 2, arbitrary: matching },
    { weight: 3, arbitrary: fc.constantFrom(...names, ...fitting) },
  );
}

function objectsOf(
  { properties = {}, required = [] }: Schema,
  known: KnownValues,
): fc.Arbitrary<unknown> {
  const model = new Map(
    Object.entries(properties).map(([key, schema]) => [key, valuesOf(schema, known)]),
  );
  const optional = [...model.keys()].filter((key) => !required.includes(key));
  // Much at once rarely makes sense together.
  const some = fc.subarray(optional, { maxLength: Math.min(optional.length, MOST_OPTIONAL) });
  return fc
    .oneof(some, fc.constant(optional))
    .chain((chosen) =>
      fc.record(
        Object.fromEntries([...required, ...chosen].map((key) => [key, model.get(key)])) as Record<
          string,
          fc.Arbitrary<unknown>
        >,
      ),
    );
}

const MOST_OPTIONAL = 2;

/** One of `values` with something wrong somewhere in it, or something else altogether. */
export function wrongOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const anything = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...ODD));
  return fc.oneof(
    { weight: 1, arbitrary: anything },
    {
      weight: 4,
      arbitrary: fc
        .tuple(values, anything, fc.nat(), fc.constantFrom('replace', 'remove', 'add'))
        .map(([value, other, at, change]) => changed(value, other, at, change)),
    },
  );
}

const ODD: readonly unknown[] = [
  '',
  '../../etc/passwd',
  'a\u0000b',
  '\ud800',
  'x'.repeat(5_000),
  -1,
  1e308,
  2 ** 53,
  [],
  {},
  [[[[[[]]]]]],
  null,
];

function changed(value: unknown, other: unknown, at: number, change: string): unknown {
  if (typeof value !== 'object' || value === null) return other;
  const entries = Object.entries(value);
  const kept = entries.filter(
    (_entry, index) => entries.length > 0 && index !== at % entries.length,
  );
  const [key = 'x'] = entries[at % Math.max(1, entries.length)] ?? [];
  const found = {
    replace: [...kept, [key, other]],
    remove: kept,
    add: [...entries, [`x${at % 9}`, other]],
  }[change] as [string, unknown][];
  return Object.fromEntries(found);
}
