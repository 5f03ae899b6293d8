/**
 * DNS providers as the command line and the documentation show them, in the configuration's words.
 *
 * @module
 */
import { stringify } from 'yaml';
import { z } from 'zod';
import type { DnsProviderMetadata } from '../dns/metadata.ts';
import { DNS_PROVIDERS } from './dns-providers.ts';
import { inFile, isDuration } from './duration-key.ts';
import { formatDuration } from './parse-duration.ts';

export interface DnsProviderView {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly docsUrl: string;
  readonly settings: readonly DnsSettingView[];
  readonly notes: readonly string[];
  /** What is usual for this provider, when it is not what is usual otherwise. */
  readonly propagation: { readonly timeout?: string; readonly extraWait?: string };
  /** A credential named `main`, in YAML. */
  readonly example: string;
}

export interface DnsSettingView {
  /** With its path: `accounts.*.username`. */
  readonly key: string;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  readonly default?: string;
  readonly values?: readonly string[];
  readonly description: string;
}

export function describeDnsProviders(): DnsProviderView[] {
  return DNS_PROVIDERS.map(describeDnsProvider);
}

function describeDnsProvider(provider: DnsProviderMetadata): DnsProviderView {
  const { name, title, description, docsUrl, notes = [], propagation = {} } = provider;
  const { timeoutMs, extraWaitMs } = propagation;
  const credential = { provider: name, ...provider.example };
  return {
    name,
    title,
    description,
    docsUrl,
    settings: settingsOf(provider),
    notes,
    propagation: {
      ...(timeoutMs === undefined ? {} : { timeout: formatDuration(timeoutMs) }),
      ...(extraWaitMs === undefined ? {} : { extraWait: formatDuration(extraWaitMs) }),
    },
    example: stringify({ dns: { main: credential } }, { lineWidth: 0 }),
  };
}

function settingsOf({ settingsSchema, secrets }: DnsProviderMetadata): DnsSettingView[] {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  const { properties, required } = NODE.parse(z.toJSONSchema(settingsSchema, options));
  return Object.entries(properties ?? {}).flatMap(([key, schema]) =>
    viewsOf(key, schema, required?.includes(key) === true, secrets.includes(key)),
  );
}

/** The setting, and what is in it. */
function viewsOf(
  key: string,
  schema: unknown,
  isRequired: boolean,
  isSecret: boolean,
): DnsSettingView[] {
  const node = NODE.parse(schema);
  const inner = NODE.safeParse(node.additionalProperties).data;
  const nested = Object.entries(inner?.properties ?? {}).flatMap(([name, each]) =>
    viewsOf(`${key}.*.${name}`, each, inner?.required?.includes(name) === true, isSecret),
  );
  const usual = defaultText(key, node.default);
  const view = {
    key: inFile(key),
    isRequired,
    isSecret,
    ...(usual === undefined ? {} : { default: usual }),
    ...(node.enum === undefined ? {} : { values: node.enum }),
    description: node.description ?? '',
  };
  return [view, ...nested];
}

function defaultText(key: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && isDuration(key)) return formatDuration(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === '{}' ? undefined : text;
}

/** As much of a JSON Schema as settings have. */
const NODE = z.object({
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  required: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
});
