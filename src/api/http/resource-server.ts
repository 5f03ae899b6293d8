/**
 * Puts the table of routes on a server.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, SECOND_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/id.ts';
import type { Log } from '../../observe/log.ts';
import type { Admit, Identity } from '../access/admission.ts';
import { type Caller, callerKey } from '../access/caller.ts';
import type { Guard } from '../access/guard.ts';
import { SESSION_COOKIE, findCookie, forgetCookie } from '../access/session-cookie.ts';
import type { SignIn } from '../access/sign-in.ts';
import { visitorOf } from '../access/visitor.ts';
import { etagOf, matches } from './etag.ts';
import type { OnceOnly } from './idempotency.ts';
import type { Jobs } from './jobs.ts';
import { openApiDocument } from './openapi.ts';
import { refusalOf } from './fastify-refusal.ts';
import { parseRequest } from './parse-request.ts';
import { problemHeaders, problemOf } from './problem.ts';
import { PAGE_TYPE, problemPage, wantsPage } from './problem-page.ts';
import type { Answer, Call, Route } from './route.ts';
import { methodsOf, querySchemaOf, ROUTES } from './routes.ts';
import type { Streams } from './streams.ts';

export interface ResourceServerOptions {
  readonly guard: Guard;
  readonly jobs: Jobs;
  readonly streams: Streams;
  readonly onceOnly: OnceOnly;
  readonly checkReady: () => Promise<void>;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly admit: Admit;
  /** Whether who was admitted with this request would be so still. */
  readonly isStillAdmitted: (request: FastifyRequest) => Promise<boolean>;
  /** Absent: browsers cannot sign in. */
  readonly signIn?: SignIn;
}

export const LONGEST_BODY = 1024 * 1024;

const LONGEST_PARAMETER = 300;
const LINGER_MS = 2 * SECOND_MS;

/** What every server of the API says before it finds out who is asked for. */
export function routingOptions(options: Pick<ResourceServerOptions, 'log' | 'clock'>) {
  return {
    genReqId: () => newId(options.clock.now()),
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    frameworkErrors: (thrown: Error, request: FastifyRequest, reply: FastifyReply): void =>
      void refuse(options, thrown, request, reply),
  };
}

const PROTECTION = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

export function serveResources(server: FastifyInstance, options: ResourceServerOptions): void {
  const document = JSON.stringify(openApiDocument(options.version));
  server.register(async (scope) => {
    scope.setErrorHandler((thrown, request, reply) => refuse(options, thrown, request, reply));
    // JSON alone: what a form of another site can send is none.
    scope.removeContentTypeParser('text/plain');
    takeEmptyBodies(scope);
    scope.addHook('onSend', async (_request, reply) => {
      for (const [name, value] of Object.entries(PROTECTION)) {
        if (!reply.hasHeader(name)) reply.header(name, value);
      }
    });
    scope.get('/v1/openapi.json', {
      onRequest: async (request) => void (await options.admit(request, 'ignored')),
      handler: (_request, reply) => reply.type('application/json').send(document),
    });
    for (const route of ROUTES) serveRoute(scope, route, options);
  });
}

/** Many clients say of each request that it is JSON, also of one without a body. */
function takeEmptyBodies(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => (body === '' ? done(null) : parse(request, body, done)),
  );
}

function serveRoute(scope: FastifyInstance, route: Route, options: ResourceServerOptions): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  scope.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: LONGEST_BODY,
    exposeHeadRoute: false,
    // Before the body is read: who is not known does not get to send one.
    onRequest: async (request) => {
      callers.set(request, await options.admit(request, identityFor(route)));
    },
    async handler(request, reply) {
      const caller = callers.get(request);
      if (caller === undefined) throw new TypeError('a request without a caller');
      const answer = await answerTo(request, route, caller, options);
      return send(request, reply, route, answer);
    },
  });
}

function identityFor({ access }: Route): Identity {
  if (access === 'public') return 'ignored';
  return access === 'visitor' ? 'optional' : 'required';
}

async function answerTo(
  request: FastifyRequest,
  route: Route,
  caller: Caller,
  options: ResourceServerOptions,
): Promise<Answer> {
  const { guard, jobs, streams, onceOnly, clock, signal, checkReady, signIn } = options;
  const call: Call = {
    params: parseRequest(route.params, request.params, 'path'),
    query: parseRequest(querySchemaOf(route), request.query, 'query'),
    body: parseRequest(route.body, request.body ?? {}, 'body'),
    caller,
    visitor: visitorOf(request),
    signIn,
    operations: guard(caller),
    jobs,
    streams,
    clock,
    requestId: request.id,
    checkReady,
    checkCaller: () => options.isStillAdmitted(request),
    ifMatch: request.headers['if-match'],
    lastEventId: textOf(request.headers['last-event-id']),
    report: () => {},
    signal,
  };
  const key = textOf(request.headers['idempotency-key']);
  if (route.idempotency === undefined || key === undefined) return route.handle(call);
  return onceOnly(
    {
      caller: callerKey(caller),
      key,
      method: request.method,
      url: request.url,
      body: request.body,
      isSecret: route.idempotency === 'secret',
    },
    () => route.handle(call),
  );
}

function send(request: FastifyRequest, reply: FastifyReply, route: Route, answer: Answer) {
  const { body, headers = {} } = answer;
  reply.code(answer.status ?? route.status).headers(headers);
  if (route.hasEtag === true) {
    const etag = etagOf(body);
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    const seen = request.headers['if-none-match'];
    if (seen !== undefined && matches(seen, etag)) return reply.code(304).send();
  }
  if (body === undefined) return reply.send();
  return reply
    .type(route.type ?? 'application/json')
    .send(route.type === undefined ? JSON.stringify(body) : body);
}

function textOf(field: string | string[] | undefined): string | undefined {
  return Array.isArray(field) ? field[0] : field;
}

export function refuse(
  { log, clock }: Pick<ResourceServerOptions, 'log' | 'clock'>,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = refusalOf(thrown, LONGEST_BODY);
  const facts = { requestId: request.id, code: error.code, address: request.ip };
  if (error.spec.status >= 500) log.error({ ...facts, err: error }, 'a request failed');
  else log.debug(facts, `a request was refused: ${error.message}`);
  // What was not read would be taken for the next request.
  if (!request.raw.complete) reply.header('connection', 'close');
  const problem = problemOf(error, request.id);
  const text = JSON.stringify(problem);
  reply
    .code(error.spec.status)
    .headers(PROTECTION)
    .headers(problemHeaders(error, clock))
    .headers(cookieAfter(error, request));
  return wantsPage(request)
    ? reply.type(PAGE_TYPE).send(problemPage(problem))
    : reply
        .header('content-length', Buffer.byteLength(text))
        .send(request.raw.complete ? text : Readable.from(andTheRest(text, request.raw)));
}

/** A connection that closes while a request still comes in is reset, and the answer is lost. */
async function* andTheRest(text: string, request: IncomingMessage): AsyncGenerator<string> {
  yield text;
  request.resume();
  await finished(request, { signal: AbortSignal.timeout(LINGER_MS) }).catch(() => undefined);
}

/** A browser need not send again what nobody knows any more. */
function cookieAfter({ code }: AppError, { headers }: FastifyRequest): Record<string, string> {
  const isUseless =
    code === 'api/unauthenticated' &&
    headers.authorization === undefined &&
    findCookie(headers.cookie, SESSION_COOKIE) !== undefined;
  return isUseless ? { 'set-cookie': forgetCookie(SESSION_COOKIE) } : {};
}

export function notFound(
  options: Pick<ResourceServerOptions, 'log' | 'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const path = request.url.split('?')[0] ?? '';
  const methods = path === '/v1/openapi.json' ? ['GET'] : methodsOf(path);
  if (methods.length > 0) reply.header('allow', methods.join(', '));
  const shown = path.slice(0, 100);
  const error =
    methods.length > 0
      ? new AppError('api/method-not-allowed', `${shown} takes ${methods.join(', ')} only`)
      : new AppError('api/not-found', `there is nothing at ${shown}`, {
          mend: 'See /v1/openapi.json for what there is.',
        });
  return refuse(options, error, request, reply);
}
