/**
 * What the API's own document says of an answer.
 *
 * @module
 */
import SwaggerParser from '@apidevtools/swagger-parser';
import { z } from 'zod';
import { openApiDocument } from '../../src/api/http/openapi.ts';
import type { Route } from '../../src/api/http/route.ts';
import type { ApiAnswer } from './api-world.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

interface DocumentedOperation {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly required: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: JsonSchema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}

export const DOCUMENT = openApiDocument('0.0.0');

type ParserInput = Parameters<typeof SwaggerParser.dereference>[0];
/** Without references. */
const { paths } = (await SwaggerParser.dereference(
  structuredClone(DOCUMENT) as unknown as ParserInput,
)) as unknown as Document;

export function documentedFor({ path, method, id }: Pick<Route, 'path' | 'method' | 'id'>) {
  const operation = paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`the document has no ${id}`);
  return operation;
}

const validators = new Map<JsonSchema, z.ZodType>();

function validatorOf(schema: JsonSchema): z.ZodType {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = z.fromJSONSchema(schema);
  validators.set(schema, made);
  return made;
}

/** What of an answer is not as the document says. */
export function faultsOf(route: Route, { status, headers, body }: ApiAnswer): string[] {
  const documented = documentedFor(route).responses[status];
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
  const title = `${route.id}: ${status} ${type} ${body.slice(0, 300)}`;
  if (documented === undefined) return [`${title}: not documented`];
  if (documented.content === undefined) return body === '' ? [] : [`${title}: has a body`];
  const schema = documented.content[type]?.schema;
  if (schema === undefined) return [`${title}: another type`];
  const isJson = /[/+]json$/.test(type);
  const { error } = validatorOf(schema).safeParse(isJson ? JSON.parse(body) : body);
  return error === undefined ? [] : [`${title}: ${error.message}`];
}
