/**
 * Access tokens of an application in Microsoft Entra ID (RFC 6749 §4.4).
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';
import {
  type AccessTokens,
  createTokenCache,
  readTokenRefusal,
  TOKEN_ANSWER,
} from '../access-tokens.ts';
import { createHostApi } from '../host-api.ts';
import type { AzureSettings } from './metadata.ts';

export interface AzureTokenOptions {
  readonly clock: Clock;
  readonly loginUrl: string;
  readonly scope: string;
}

export function createAccessTokens(
  { tenantId, clientId, clientSecret }: AzureSettings,
  { clock, loginUrl, scope }: AzureTokenOptions,
): AccessTokens {
  const api = createHostApi({
    host: 'Microsoft Entra ID',
    baseUrl: loginUrl,
    clock,
    secrets: [clientSecret],
    unauthorizedMend: 'Check tenant, client and client secret; a client secret expires.',
    readRefusal: readTokenRefusal,
  });
  return createTokenCache(clock, {
    request: (signal) =>
      api.ask(
        {
          attempt: 'cannot get an access token',
          method: 'POST',
          path: `/${tenantId}/oauth2/v2.0/token`,
          form: {
            grant_type: 'client_credentials',
            client_id: clientId,
            client_secret: clientSecret,
            scope,
          },
        },
        TOKEN_ANSWER,
        signal,
      ),
    close: () => api.close(),
  });
}
