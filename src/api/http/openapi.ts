/**
 * The OpenAPI document, from the table of routes and the very schemas that validate.
 *
 * @module
 */
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../core/errors.ts';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { SESSION_COOKIE } from '../access/session-cookie.ts';
import { newToken } from '../resource-requests.ts';
import { imported, newCertificate, revocation } from './certificate-routes.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { replay } from './event-routes.ts';
import type { Route } from './route.ts';
import { querySchemaOf, ROUTES } from './routes.ts';
import * as schemas from './schemas.ts';
import { signIn } from './session-routes.ts';
import { checked, rotation } from './system-routes.ts';

type Json = Readonly<Record<string, unknown>>;

/** Those with a name in the document; requests and answers apart, as defaults differ between them. */
const ANSWERS = {
  Problem: schemas.problem,
  Certificate: schemas.certificate,
  CertificateDetail: schemas.certificateDetail,
  CertificateCounts: schemas.counts,
  Issuance: schemas.issuanceDetail,
  Order: schemas.order,
  Job: schemas.job,
  JobStep: schemas.progress,
  Endpoint: schemas.endpoint,
  Explanation: schemas.explanation,
  Issuer: schemas.issuer,
  Account: schemas.account,
  DnsCredential: schemas.dnsCredential,
  Token: schemas.token,
  ShownToken: schemas.shownToken,
  Event: schemas.event,
  DeadDelivery: schemas.deadDelivery,
  Subscription: schemas.backlog,
  AuditEntry: schemas.auditEntry,
  Status: schemas.status,
  Caller: schemas.caller,
  Session: schemas.session,
  Alive: schemas.alive,
} as const;
const BODIES = {
  NewCertificate: newCertificate,
  ImportedCertificate: imported,
  Revocation: revocation,
  NewToken: newToken,
  TokenRotation: rotation,
  Diagnosis: checked,
  SignIn: signIn,
  Replay: replay,
} as const;

const uri = (id: string): string => `#/components/schemas/${id}`;

export function openApiDocument(version: string): Json {
  const answers = registryOf(ANSWERS);
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route, answers);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'certctl',
      version,
      description:
        'Certificates, their history and the work on them. Errors are problem documents (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: { ...componentsOf(ANSWERS, 'output'), ...componentsOf(BODIES, 'input') },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of `certctl token create`.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'A browser that has signed in at /v1/session.',
        },
      },
    },
  };
}

function operationOf(route: Route, answers: Registry): Json {
  const { access, method } = route;
  const permission: Permission | undefined =
    access === 'public' || access === 'visitor' || access === 'anyone'
      ? undefined
      : PERMISSIONS[access];
  const description =
    permission === undefined
      ? undefined
      : `Takes the role ${permission.role}${permission.scope === 'all' ? ', bound to no names' : ''}.`;
  return {
    operationId: route.id,
    summary: route.summary,
    ...(description === undefined ? {} : { description }),
    tags: [route.tag],
    ...(access === 'public' ? { security: [] } : {}),
    ...(access === 'visitor' ? { security: [{}, { token: [] }, { session: [] }] } : {}),
    parameters: [
      ...parametersOf(route.params, 'path'),
      ...parametersOf(route.query, 'query'),
      ...headersOf(route),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: bodySchema(route.body) } },
          },
        }),
    responses: {
      [route.status]: answerOf(route, answers),
      ...(route.hasEtag === true ? { 304: { description: 'It is as the caller has it.' } } : {}),
      ...problemsOf(route, method),
    },
  };
}

function answerOf(route: Route, answers: Registry): Json {
  const { answer, type = 'application/json' } = route;
  const headers = {
    ...(route.hasEtag === true ? { ETag: { schema: { type: 'string' } } } : {}),
    ...(route.setsCookie === true ? { 'Set-Cookie': { schema: { type: 'string' } } } : {}),
    ...(route.status === 202 || route.status === 303
      ? { Location: { schema: { type: 'string' } } }
      : {}),
  };
  return {
    description: route.summary,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(answer === undefined
      ? {}
      : { content: { [type]: { schema: inline(answer, answers, 'output') } } }),
  };
}

/** What every route of a kind can answer, and what this one can beside it. */
function problemsOf(route: Route, method: string): Json {
  const codes = new Set<ErrorCode>(route.errors);
  codes.add('api/too-many-requests').add('permission/denied');
  if (route.access !== 'public') codes.add('api/unauthenticated').add('api/locked');
  if (route.params ?? querySchemaOf(route) ?? route.body) codes.add('api/invalid');
  if (method !== 'GET') codes.add('api/cross-origin');
  if (method === 'POST') codes.add('api/too-large').add('api/media-type').add('api/invalid');
  if (route.isConditional === true) codes.add('api/changed');
  if (route.idempotency !== undefined) codes.add('api/key-reused').add('api/in-progress');
  if (route.idempotency === 'secret') codes.add('api/answered');
  // Whoever is asked for looks into the store, to see who asks at least; and writes may find it full.
  if (route.access !== 'public' || method !== 'GET') codes.add('store/busy').add('store/corrupt');
  if (method !== 'GET') codes.add('store/unwritable');
  codes.add('internal/unexpected');
  const byStatus = Map.groupBy([...codes].toSorted(), (code) => ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      {
        description: group.map((code) => `${code}: ${ERRORS[code].title}.`).join(' '),
        content: { [PROBLEM_TYPE]: { schema: { $ref: uri('Problem') } } },
      },
    ]),
  );
}

function header(name: string, description: string): Json {
  return {
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', maxLength: 200 },
  };
}

function headersOf({ hasEtag, isConditional, idempotency, hasLastEventId }: Route): Json[] {
  return [
    ...(hasEtag === true ? [header('If-None-Match', 'The ETag that the caller has.')] : []),
    ...(isConditional === true
      ? [header('If-Match', 'Only if it is still as with this ETag.')]
      : []),
    ...(idempotency === undefined
      ? []
      : [
          header('Idempotency-Key', 'The same request with the same key is done once in 24 hours.'),
        ]),
    ...(hasLastEventId === true
      ? [header('Last-Event-ID', 'Go on after the message with this id.')]
      : []),
  ];
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as ObjectSchema;
  // What coercion takes is unknown to a schema: the value after it says what is meant.
  const after = (jsonSchema(schema, 'output') as ObjectSchema).properties ?? {};
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property;
    const isUnknown = rest['type'] === undefined && rest['enum'] === undefined;
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: isUnknown ? { ...after[name], ...rest } : rest,
    };
  });
}

function bodySchema(body: z.ZodType): Json {
  const name = Object.entries(BODIES).find(([, schema]) => schema === body)?.[0];
  return name === undefined ? jsonSchema(body, 'input') : { $ref: uri(name) };
}

type Registry = ReturnType<typeof registryOf>;

function registryOf(named: Readonly<Record<string, z.ZodType>>) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  return registry;
}

function componentsOf(named: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Json {
  const { schemas: found } = z.toJSONSchema(registryOf(named), { uri, io, unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(found).map(([id, schema]) => [id, plain(schema)]));
}

/** A schema of one route, with references for what has a name. */
function inline(schema: z.ZodType, registry: Registry, io: 'input' | 'output'): Json {
  const name = registry.get(schema)?.id;
  if (name !== undefined) return { $ref: uri(name) };
  const { schemas: found } = z.toJSONSchema(registryOf({ ...ANSWERS, [WHOLE]: schema }), {
    uri,
    io,
    unrepresentable: 'any',
  });
  return plain(found[WHOLE] ?? {});
}

const WHOLE = 'whole';

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  return plain(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
}

/** Without what belongs to whole documents only. */
function plain(schema: object): Json {
  const { $schema: _draft, $id: _id, id: _name, ...rest } = schema as Record<string, unknown>;
  return rest;
}
