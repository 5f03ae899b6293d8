/**
 * Commands of Namecheap's API, and the meaning of its refusals.
 *
 * @module
 */
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { childrenOf, findElement, parseXml, type XmlElement } from '../../wire/xml.ts';
import { createHostApi, type HostAnswer, type Refusal } from '../host-api.ts';
import type { ProviderOptions } from '../provider-options.ts';
import type { NamecheapSettings } from './metadata.ts';

export interface NamecheapCommand {
  readonly attempt: string;
  readonly command: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface NamecheapApi {
  /** The element `CommandResponse` of the answer. */
  send(command: NamecheapCommand, signal: AbortSignal): Promise<XmlElement>;
  close(): Promise<void>;
}

export function createNamecheapApi(
  { apiUser, apiKey, clientIp }: NamecheapSettings,
  { clock, baseUrl }: Required<ProviderOptions>,
): NamecheapApi {
  const api = createHostApi({
    host: 'Namecheap',
    baseUrl,
    clock,
    secrets: [apiKey],
    unauthorizedMend:
      'Give the API key of the user, and allow the address of this machine at Namecheap.',
    readRefusal,
  });
  return {
    send: async ({ attempt, command, parameters }, signal) => {
      const { text } = await api.send(
        {
          attempt,
          method: 'POST',
          path: '/xml.response',
          headers: { accept: 'application/xml' },
          form: {
            ApiUser: apiUser,
            ApiKey: apiKey,
            UserName: apiUser,
            ClientIp: clientIp,
            Command: command,
            ...parameters,
          },
        },
        signal,
      );
      const response = findElement(parseXml(text), 'CommandResponse');
      if (response !== undefined) return response;
      throw new AppError('dns/unavailable', `${attempt}: unexpected answer of Namecheap`, {
        mend: 'Try again later; look at the status page of Namecheap.',
      });
    },
    close: () => api.close(),
  };
}

/** Namecheap has a status of success for everything; the document tells. */
function readRefusal({ text }: HostAnswer): Refusal | undefined {
  const root = parseXml(text);
  if (root?.attributes['Status']?.toUpperCase() !== 'ERROR') return undefined;
  const errors = childrenOf(findElement(root, 'Errors'), 'Error');
  const reasons = errors.map(({ attributes }) => attributes['Number'] ?? '');
  return {
    code: reasons.map(faultOf).find((code) => code !== undefined) ?? 'dns/rejected',
    message: errors.map((error) => error.text).join('; '),
    reasons,
  };
}

function faultOf(number: string): ErrorCode | undefined {
  return NUMBERS.find(([pattern]) => pattern.test(number))?.[1];
}

/** Namecheap numbers what is wrong with user, key and address, and then everything else. */
const NUMBERS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^10(?:10|11|15|16|17)\d{3}$/, 'dns/unauthorized'],
  [/^500000$/, 'dns/rate-limited'],
  [/^(?:30|50)\d{5}$/, 'dns/unavailable'],
];
