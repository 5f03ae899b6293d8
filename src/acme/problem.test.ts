import { describe, expect, it } from 'vitest';
import { describeProblem, problemSchema } from './problem.ts';

describe('problemSchema (RFC 8555 §6.7)', () => {
  it('keeps subproblems with their names', () => {
    const problem = problemSchema.parse({
      type: 'urn:ietf:params:acme:error:malformed',
      detail: 'Some of the names are not allowed.',
      status: 403,
      subproblems: [
        {
          type: 'urn:ietf:params:acme:error:rejectedIdentifier',
          detail: 'This CA will not issue for "b.example"',
          identifier: { type: 'dns', value: 'b.example' },
        },
        'not a problem',
      ],
    });
    expect(problem).toMatchObject({ type: 'malformed', status: 403 });
    expect(describeProblem(problem)).toBe(
      'Some of the names are not allowed (malformed); b.example: This CA will not issue for "b.example" (rejectedIdentifier)',
    );
  });

  it('does not shorten the type of another namespace', () => {
    const type = 'https://ca.example/error:rateLimited';
    expect(problemSchema.parse({ type, detail: 'x' }).type).toBe(type);
  });

  it('reads documents whose members have the wrong types', () => {
    const problem = problemSchema.parse({ type: 7, detail: null, title: 'No', status: '400' });
    expect(problem).toMatchObject({ type: 'about:blank', detail: 'No', subproblems: [] });
  });

  it('takes out what steers terminals and splits log lines', () => {
    const { detail } = problemSchema.parse({ detail: 'a\u001b[31m\r\nb\u202ec' });
    expect(detail).toBe('a [31m b c');
  });

  it('takes out key authorizations but not the token of an unpause URL', () => {
    const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
    const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6.${thumbprint}`;
    const { detail } = problemSchema.parse({
      detail: `Expected "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.${thumbprint}". Visit: https://ca.example/unpause?jwt=${jwt}`,
    });
    expect(detail).toBe(
      `Expected "[key authorization]". Visit: https://ca.example/unpause?jwt=${jwt}`,
    );
  });
});
