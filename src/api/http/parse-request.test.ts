import { describe, expect, it } from 'vitest';
import { parseRequest } from './parse-request.ts';
import { ROUTES } from './routes.ts';

const list = ROUTES.find(({ id }) => id === 'listCertificates')?.query;
const issue = ROUTES.find(({ id }) => id === 'issueCertificate')?.body;

describe('parseRequest', () => {
  it('gives what fits, with defaults', () => {
    expect(parseRequest(list, { limit: '3' }, 'query')).toEqual({ limit: 3, sort: 'created' });
    expect(parseRequest(undefined, { any: 1 }, 'body')).toEqual({ any: 1 });
  });

  it.each([
    [
      'query',
      list,
      { stauts: 'valid' },
      'query: unknown key "stauts"; the nearest known key is "status"',
      /^Write status /,
    ],
    [
      'body',
      issue,
      { nmaes: [] },
      'body: unknown key "nmaes"; the nearest known key is "names"',
      /^Write names /,
    ],
    [
      'query',
      list,
      { '\u001B[2J': '' },
      String.raw`query: unknown key "\u001b[2J"; known here: limit, `,
      /openapi/,
    ],
    ['query', list, { limit: '0' }, 'query: limit: Too small', /openapi/],
    ['body', issue, { names: 'a' }, 'body: names: Invalid input', /openapi/],
    ['body', issue, [], 'body: Invalid input', /openapi/],
    ['body', issue, {}, 'body: names: is required, as there is no csr', /openapi/],
    [
      'query',
      list,
      { expires_before: 'soon' },
      'query: expires_before: must be an instant, e.g. ',
      /openapi/,
    ],
  ] as const)('says of a wrong %s what is meant', (place, schema, value, message, mend) => {
    expect(() => parseRequest(schema, value, place)).toThrow(
      expect.objectContaining({
        code: 'api/invalid',
        message: expect.stringContaining(message),
        mend: expect.stringMatching(mend),
      }),
    );
  });
});
