/**
 * The way of a browser to the OpenID provider and back.
 *
 * @module
 */
import { z } from 'zod';
import { CALLBACK_PATH, OIDC_PATH } from '../access/dashboard-paths.ts';
import { type Route, route } from './route.ts';
import { signInOf } from './session-routes.ts';

const TAG = 'access';
const PAGE = '/';
const word = z.string().max(4_096).optional();

export const OIDC_ROUTES: readonly Route[] = [
  route(
    {
      method: 'GET',
      path: OIDC_PATH,
      id: 'signInElsewhere',
      summary: 'Send a browser to the OpenID provider to sign in.',
      tag: TAG,
      access: 'public',
      status: 303,
      setsCookie: true,
      errors: ['api/not-found', 'sign-in/unavailable'],
    },
    async (call) => {
      const { location, cookie } = await signInOf(call).away();
      return { headers: { location, 'set-cookie': cookie } };
    },
  ),
  route(
    {
      method: 'GET',
      path: CALLBACK_PATH,
      id: 'comeBack',
      summary: 'Where the OpenID provider sends the browser back to: signs it in.',
      tag: TAG,
      access: 'public',
      query: z.looseObject({
        code: word,
        state: word,
        iss: word,
        error: word,
        error_description: word,
      }),
      status: 303,
      setsCookie: true,
      errors: ['api/not-found', 'sign-in/invalid', 'sign-in/refused', 'sign-in/unavailable'],
    },
    async (call) => {
      const search = new URLSearchParams();
      for (const [name, value] of Object.entries(call.query)) {
        if (typeof value === 'string') search.append(name, value);
      }
      const cookies = await signInOf(call).back(call.visitor, search);
      return { headers: { location: PAGE, 'set-cookie': cookies } };
    },
  ),
];
