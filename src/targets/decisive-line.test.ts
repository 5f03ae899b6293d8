import { describe, expect, it } from 'vitest';
import { decisiveLine } from './decisive-line.ts';

const NGINX = `nginx: [warn] the "user" directive makes sense only if the master process runs with super-user privileges
nginx: [emerg] cannot load certificate "/etc/nginx/app.pem": BIO_new_file() failed
nginx: configuration file /etc/nginx/nginx.conf test failed
`;
const HAPROXY = `[NOTICE]   (12) : haproxy version is 3.0.11
[ALERT]    (12) : config : parsing [haproxy.cfg:3] : unknown keyword 'bnd'
[ALERT]    (12) : config : Error(s) found in configuration file : haproxy.cfg
[ALERT]    (12) : config : Fatal errors found in configuration.
`;

describe('decisiveLine', () => {
  it.each([
    ['of nginx', NGINX, /^nginx: \[emerg\] cannot load certificate .* failed$/],
    ['of HAProxy', HAPROXY, /unknown keyword 'bnd'$/],
    ['of a program without marks', 'reading\nno such service\n\n', /^no such service$/],
    ['that is long', `[error] ${'x'.repeat(1_000)}`, /^\[error\] x{292}$/],
  ])('finds the line %s', (_, output, line) => {
    expect(decisiveLine(output)).toMatch(line);
  });

  it('finds none where nothing was printed', () => {
    expect(decisiveLine('\n \n')).toBeUndefined();
  });
});
