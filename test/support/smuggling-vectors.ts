/**
 * Requests that two servers could read in two ways.
 *
 * @module
 */

/** The host of all of them. */
export const SMUGGLED_HOST = 'a.example.com';
const TAIL = 'GET /smuggled HTTP/1.1\r\nHost: a.example.com\r\n\r\n';

export function post(...lines: string[]): string {
  return ['POST /first HTTP/1.1', `Host: ${SMUGGLED_HOST}`, ...lines].join('\r\n');
}

/** Every one of these has to be refused. */
export const SMUGGLING: Readonly<Record<string, string>> = {
  'CL.TE': post('Content-Length: 6', 'Transfer-Encoding: chunked', '', '0', '', TAIL),
  'TE.CL': post('Transfer-Encoding: chunked', 'Content-Length: 4', '', '5c', TAIL, '0', '', ''),
  'two different lengths': post('Content-Length: 0', 'Content-Length: 50', '', TAIL),
  'the same length twice': post('Content-Length: 2', 'Content-Length: 2', '', 'ab'),
  'a list of lengths': post('Content-Length: 0, 50', '', TAIL),
  'a length with a sign': post('Content-Length: +0', '', TAIL),
  'a negative length': post('Content-Length: -1', '', TAIL),
  'a hexadecimal length': post('Content-Length: 0x10', '', TAIL),
  'a length of many digits': post('Content-Length: 99999999999999999999', '', TAIL),
  'a space before the colon': post('Transfer-Encoding : chunked', '', '0', '', TAIL),
  'a tab before the colon': post('Content-Length\t: 0', '', TAIL),
  'an encoding that is not chunked': post('Transfer-Encoding: xchunked', '', '0', '', TAIL),
  'chunked that is not last': post('Transfer-Encoding: chunked, identity', '', '0', '', TAIL),
  'two encodings': post('Transfer-Encoding: chunked', 'Transfer-Encoding: x', '', '0', '', TAIL),
  'a folded encoding': post('Transfer-Encoding:', ' chunked', '', '0', '', TAIL),
  'a folded field': post('X: a', ' b: c', 'Content-Length: 0', '', TAIL),
  'a bare line feed': `POST /first HTTP/1.1\nHost: ${SMUGGLED_HOST}\nContent-Length: 0\n\n${TAIL}`,
  'a bare carriage return': post('X: a\rTransfer-Encoding: chunked', '', '0', '', TAIL),
  'a zero octet in a value': post('X: a\0b', 'Content-Length: 0', '', TAIL),
  'a zero octet in a name': post('X\0: a', 'Content-Length: 0', '', TAIL),
  'a chunk size that is none': post('Transfer-Encoding: chunked', '', 'xyz', 'abc', '0', '', TAIL),
  'a chunk size beyond 64 bits': post(
    'Transfer-Encoding: chunked',
    '',
    '10000000000000001',
    'a',
    '0',
    '',
    TAIL,
  ),
  'a chunk that is longer than said': post(
    'Transfer-Encoding: chunked',
    '',
    '1',
    'abc',
    '0',
    '',
    TAIL,
  ),
  'a line feed ends a chunk size': post('Transfer-Encoding: chunked', '', '1\na', '0', '', TAIL),
  'a line feed in a chunk extension': post(
    'Transfer-Encoding: chunked',
    '',
    '1;x\nx',
    'a',
    '0',
    '',
    TAIL,
  ),
  'endless chunk extensions': post(
    'Transfer-Encoding: chunked',
    '',
    `1;${'x'.repeat(50_000)}`,
    'a',
    '0',
    '',
    TAIL,
  ),
  'two hosts': `GET /first HTTP/1.1\r\nHost: ${SMUGGLED_HOST}\r\nHost: b.example.com\r\n\r\n`,
  'no host': 'GET /first HTTP/1.1\r\n\r\n',
  'an absolute target': `GET http://b.example.com/first HTTP/1.1\r\nHost: ${SMUGGLED_HOST}\r\n\r\n`,
  'an authority as target': `CONNECT b.example.com:443 HTTP/1.1\r\nHost: ${SMUGGLED_HOST}\r\n\r\n`,
  'a space in the target': `GET /first /second HTTP/1.1\r\nHost: ${SMUGGLED_HOST}\r\n\r\n`,
  'a version that is none': `GET /first HTTP/1.1x\r\nHost: ${SMUGGLED_HOST}\r\n\r\n`,
  'HTTP/0.9': 'GET /first\r\n\r\n',
  'an encoding in HTTP/1.0': `POST /first HTTP/1.0\r\nHost: ${SMUGGLED_HOST}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${TAIL}`,
};
