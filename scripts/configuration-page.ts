/**
 * Prints docs/configuration.md: `node scripts/configuration-page.ts > docs/configuration.md`.
 *
 * @module
 */
import { jsonSchema } from '../src/config/json-schema.ts';

/** What of JSON Schema the configuration uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: unknown;
}

export interface ConfigurationKey {
  readonly path: string;
  readonly kind: string;
  readonly state: string;
  readonly description: string;
}

export interface ConfigurationSection {
  readonly key: string;
  readonly description: string;
  readonly keys: readonly ConfigurationKey[];
}

export function configurationSections(): readonly ConfigurationSection[] {
  const known = new Map<string, string>();
  return Object.entries((jsonSchema() as Schema).properties ?? {}).map(([key, schema]) => {
    // The settings of the DNS hosts have a page of their own.
    const own = key === 'dns' ? { ...schema, additionalProperties: false as const } : schema;
    const below = rowsBelow(key, own, known);
    const keys = below.length === 0 ? [rowOf(key, schema, false)] : below;
    return { key, description: schema.description ?? '', keys };
  });
}

export function configurationPage(): string {
  return [INTRODUCTION, ...configurationSections().map(section), ''].join('\n\n');
}

const INTRODUCTION = `# Configuration

<!-- Made by scripts/configuration-page.ts from the schema in src/config/. -->

Every key of \`certctl.yaml\`. \`certctl init\` writes a file to start from, \`certctl config check\`
checks one, and \`certctl config schema\` prints the JSON Schema that editors complete by. An unknown
key is refused, with its line and the nearest known one.

- The file is the one of \`--config\`, or of \`CERTCTL_CONFIG\`, or \`certctl.yaml\` in the current
  directory, or \`/etc/certctl/certctl.yaml\`.
- \`\${VARIABLE}\` takes a value from the environment, \`\${file:/path}\` from a file; \`$$\` is a plain \`$\`.
- Durations have a unit: \`500ms\`, \`10s\`, \`5m\`, \`1h\`, \`7d\`.
- Paths are relative to the folder of the file.
- \`[]\` stands for each entry of a list, \`NAME\` for a name that you choose. Where a key decides which
  others there are, they stand after it, e.g. \`issuers.NAME (type: acme)\`.`;

function section({ key, description, keys }: ConfigurationSection): string {
  const intro = key === 'dns' ? `${description} ${DNS_SETTINGS}` : description;
  const rows = keys.map(
    ({ path, kind, state, description: text }) => `| \`${path}\` | ${kind} | ${state} | ${text} |`,
  );
  return `## ${key}\n\n${intro}\n\n| key | value | | |\n| --- | --- | --- | --- |\n${rows.join('\n')}`;
}

const DNS_SETTINGS =
  'Their settings, `dns.NAME.…`, depend on `provider`: see [dns-providers.md](dns-providers.md).';

/** The keys inside a value; a group of keys that stood before is only pointed to. */
function rowsBelow(path: string, schema: Schema, known: Map<string, string>): ConfigurationKey[] {
  const { properties = {}, required = [], items, additionalProperties } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf ?? [];
  const rows = alternatives.flatMap((each) =>
    rowsBelow(`${path}${markOf(each, alternatives)}`, each, known),
  );
  if (items !== undefined) rows.push(...rowsBelow(`${path}[]`, items, known));
  if (typeof additionalProperties === 'object') {
    rows.push(...rowsBelow(`${path}.NAME`, additionalProperties, known));
  }
  const entries = Object.entries(properties).filter(
    ([key, { not }]) => not === undefined && !isMark(key, properties),
  );
  if (entries.length === 0) return rows;
  const group = JSON.stringify(entries);
  const before = known.get(group);
  if (before !== undefined && entries.length > 1) {
    return [...rows, { path: `${path}.…`, kind: '', state: '', description: `As \`${before}\`.` }];
  }
  known.set(group, `${path}.…`);
  for (const [key, value] of entries) {
    const below = `${path}.${key}`;
    rows.push(rowOf(below, value, required.includes(key)), ...rowsBelow(below, value, known));
  }
  return rows;
}

/** ` (type: acme)` where alternatives differ by a word of their own. */
function markOf({ properties = {} }: Schema, alternatives: readonly Schema[]): string {
  const objects = alternatives.filter((each) => each.properties !== undefined);
  if (objects.length < 2) return '';
  const mark = Object.entries(properties).find(([key]) => isMark(key, properties));
  return mark === undefined ? '' : ` (${mark[0]}: ${String(mark[1].const)})`;
}

function isMark(key: string, properties: Readonly<Record<string, Schema>>): boolean {
  const value = properties[key];
  return typeof value?.const === 'string';
}

function rowOf(path: string, schema: Schema, isRequired: boolean): ConfigurationKey {
  const usual = schema.default;
  const state =
    usual === undefined
      ? isRequired
        ? 'required'
        : 'optional'
      : `default \`${JSON.stringify(usual).replaceAll('"', '')}\``;
  return {
    path,
    kind: kindOf(schema),
    state,
    description: (schema.description ?? '').replaceAll('|', '\\|'),
  };
}

function kindOf(schema: Schema): string {
  const alternatives = (schema.anyOf ?? schema.oneOf)?.filter((each) => !isRepeated(each, schema));
  if (alternatives !== undefined) return [...new Set(alternatives.map(kindOf))].join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((each) => `\`${String(each)}\``).join(' ');
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return rangeOf(schema);
    case 'array':
      return schema.items === undefined ? 'list' : `list of ${kindOf(schema.items)}`;
    case 'object':
      return 'keys';
    case 'string':
      return 'text';
    default:
      return 'value';
  }
}

function rangeOf({ minimum, maximum }: Schema): string {
  const isBounded = minimum !== undefined && maximum !== undefined && maximum < 2 ** 53 - 1;
  return isBounded ? `${minimum} to ${maximum}` : 'number';
}

/** The same once more as the text that a variable of the environment has, or the empty list. */
function isRepeated(each: Schema, { anyOf = [], oneOf = [] }: Schema): boolean {
  if (each.items?.not !== undefined) return true;
  if (each.anyOf?.every(({ type }) => type === 'number') === true) return true;
  const all = [...anyOf, ...oneOf];
  const others = all.slice(0, all.indexOf(each));
  if (each.enum !== undefined) {
    return others.some(({ type }) => type === 'boolean');
  }
  return each.type === 'string' && others.some(({ type }) => type === 'integer');
}

if (import.meta.main) process.stdout.write(configurationPage());
