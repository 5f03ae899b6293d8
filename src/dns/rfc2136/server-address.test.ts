import { expect, it } from 'vitest';
import { findServerAddress } from './server-address.ts';

it.each([
  ['ns1.example.com', { host: 'ns1.example.com', port: 53 }],
  ['ns1.example.com:5353', { host: 'ns1.example.com', port: 5353 }],
  ['127.0.0.1:5353', { host: '127.0.0.1', port: 5353 }],
  ['2001:db8::1', { host: '2001:db8::1', port: 53 }],
  ['[2001:db8::1]:5353', { host: '2001:db8::1', port: 5353 }],
  ['[2001:db8::1]', { host: '2001:db8::1', port: 53 }],
  ['name_server', { host: 'name_server', port: 53 }],
  ['', undefined],
  ['ns1.example.com:0', undefined],
  ['ns1.example.com:65536', undefined],
  ['[127.0.0.1]:53', undefined],
  ['tcp://ns1.example.com', undefined],
  ['ns1.example.com 53', undefined],
])('reads %s', (text, address) => {
  expect(findServerAddress(text)).toEqual(address);
});
