/**
 * Signing in to the dashboard, and out of it.
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { ANONYMOUS, type Caller } from '../access/caller.ts';
import { SESSION_PATH } from '../access/dashboard-paths.ts';
import { SESSION_COOKIE, findCookie, forgetCookie } from '../access/session-cookie.ts';
import type { SignIn } from '../access/sign-in.ts';
import { callerView } from './caller-view.ts';
import { type Call, type Route, route } from './route.ts';
import * as schemas from './schemas.ts';

const TAG = 'access';

export const signIn = z.strictObject({
  token: z.string().min(1).max(200).describe('The secret of a token.'),
});

export const SESSION_ROUTES: readonly Route[] = [
  route(
    {
      method: 'GET',
      path: SESSION_PATH,
      id: 'getSession',
      summary: 'Who is signed in, until when, and which ways to sign in there are.',
      tag: TAG,
      access: 'visitor',
      status: 200,
      answer: schemas.session,
    },
    async ({ caller, visitor, signIn: signing }) => {
      const isUnknown = caller === ANONYMOUS;
      const isOver = isUnknown && findCookie(visitor.cookie, SESSION_COOKIE) !== undefined;
      return {
        body: {
          ...(isUnknown ? {} : { caller: callerView(caller) }),
          ...sessionView(caller),
          ways: signing?.ways() ?? [],
        },
        ...(isOver ? { headers: { 'set-cookie': forgetCookie(SESSION_COOKIE) } } : {}),
      };
    },
  ),
  route(
    {
      method: 'POST',
      path: SESSION_PATH,
      id: 'signIn',
      summary: 'Sign in a browser with a token: the answer sets a cookie.',
      tag: TAG,
      access: 'public',
      body: signIn,
      status: 204,
      setsCookie: true,
      errors: ['api/unauthenticated', 'api/locked', 'api/not-found'],
    },
    async (call) => ({
      headers: { 'set-cookie': await signInOf(call).withToken(call.body.token, call.visitor) },
    }),
  ),
  route(
    {
      method: 'DELETE',
      path: SESSION_PATH,
      id: 'signOut',
      summary: 'End the session of this browser, and forget its cookie.',
      tag: TAG,
      access: 'visitor',
      status: 204,
      setsCookie: true,
      errors: ['api/not-found'],
    },
    async (call) => ({ headers: { 'set-cookie': await signInOf(call).out(call.caller) } }),
  ),
];

function sessionView({ session, expiresAt }: Caller) {
  if (session === undefined) return {};
  const { kind, openedAt, idleUntil } = session;
  return {
    session: {
      signedInWith: kind === 'person' ? 'oidc' : 'token',
      signedInAt: openedAt.toISOString(),
      idleUntil: idleUntil.toISOString(),
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    },
  };
}

/** @throws `api/not-found` where no browser can sign in. */
export function signInOf({ signIn: signing }: Pick<Call, 'signIn'>): SignIn {
  if (signing !== undefined) return signing;
  throw new AppError('api/not-found', 'there are no browser sessions here', {
    mend: 'Use the HTTPS address of the API, and do not switch api.dashboard off.',
  });
}
