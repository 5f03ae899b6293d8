/**
 * @module
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createForwarding, type Origin, originOf } from './origin.ts';
import { originHeaders } from './origin-headers.ts';
import { FORWARDED_FIELDS, type ForwardedField } from './settings.ts';

const CDN = '198.51.100.1';
const client = { clientAddress: CDN, clientPort: 1, localAddress: '192.0.2.1', localPort: 443 };

/** Of a plain request from a peer that is believed. */
function origin(headers: readonly string[], fields: readonly ForwardedField[]): Origin {
  const forwarding = createForwarding({ from: ['198.51.100.0/24', '10.0.0.0/8'], fields });
  return originOf({ visit: { client, forwarding } }, headers);
}

const FOR = ['X-Forwarded-For'] as const;
const STANDARD = ['Forwarded'] as const;

describe('originOf', () => {
  it('takes nothing from a peer that is not believed', () => {
    const headers = ['x-forwarded-for', '192.0.2.7', 'x-forwarded-proto', 'https'];
    expect(originOf({ visit: { client } }, headers)).toEqual({
      clientAddress: CDN,
      scheme: 'http',
      proxies: [],
    });
  });

  it.each<[string, string, readonly string[]]>([
    ['192.0.2.7', '192.0.2.7', [CDN]],
    ['192.0.2.7, 10.1.1.1', '192.0.2.7', ['10.1.1.1', CDN]],
    // What the client itself had written stands left of its own address.
    ['1.1.1.1, 192.0.2.7', '192.0.2.7', [CDN]],
    ['1.1.1.1, 10.2.2.2, 192.0.2.7, 10.1.1.1', '192.0.2.7', ['10.1.1.1', CDN]],
    ['10.2.2.2, 10.1.1.1', '10.2.2.2', ['10.1.1.1', CDN]],
    ['192.0.2.7, unknown', CDN, []],
    ['192.0.2.7, unknown, 10.1.1.1', '10.1.1.1', [CDN]],
    ['', CDN, []],
  ])('finds the nearest address that is no proxy in "%s"', (value, clientAddress, proxies) => {
    const found = { clientAddress, scheme: 'http', proxies };
    expect(origin(['X-Forwarded-For', value], FOR)).toMatchObject(found);
  });

  it('reads several fields as one list', () => {
    const headers = ['x-forwarded-for', '1.1.1.1', 'x-forwarded-for', '192.0.2.7'];
    expect(origin(headers, FOR)).toMatchObject({ clientAddress: '192.0.2.7' });
  });

  it('follows only so many proxies', () => {
    const chain = Array<string>(40).fill('10.1.1.1').join(',');
    const found = origin(['x-forwarded-for', `192.0.2.7,${chain}`], FOR);
    expect(found).toMatchObject({ clientAddress: '10.1.1.1' });
    expect(found.proxies).toHaveLength(16);
  });

  it('takes scheme and host from fields that are believed, and only single valid ones', () => {
    const both = ['X-Forwarded-Proto', 'X-Forwarded-Host'] as const;
    const good = ['x-forwarded-proto', 'HTTPS', 'x-forwarded-host', 'shop.example.com:8443'];
    expect(origin(good, both)).toMatchObject({ scheme: 'https', host: 'shop.example.com:8443' });
    expect(origin(good, FOR)).toEqual({ clientAddress: CDN, scheme: 'http', proxies: [] });
    for (const bad of [
      ['x-forwarded-proto', 'gopher', 'x-forwarded-host', 'a"b'],
      ['x-forwarded-proto', 'https,http', 'x-forwarded-host', 'a.example.com, b.example.com'],
      [...good, ...good],
    ]) {
      expect(origin(bad, both)).toEqual({ clientAddress: CDN, scheme: 'http', proxies: [] });
    }
  });

  it('takes all from the element of the standard field that the farthest proxy wrote', () => {
    const value =
      'for=1.1.1.1;proto=http;host=forged.example, for=192.0.2.7;proto=https;host=a.example.com, for=10.1.1.1;proto=http;host=inner.example';
    expect(origin(['Forwarded', value, 'x-forwarded-for', '1.1.1.1'], STANDARD)).toEqual({
      clientAddress: '192.0.2.7',
      scheme: 'https',
      host: 'a.example.com',
      proxies: ['10.1.1.1', CDN],
    });
  });

  it('takes a client that a proxy hides for the proxy', () => {
    const value = 'for=1.1.1.1;proto=http, for=_hidden;proto=https';
    const found = { clientAddress: CDN, scheme: 'https', proxies: [] };
    expect(origin(['forwarded', value], STANDARD)).toMatchObject(found);
  });

  it('ignores a standard field that is malformed anywhere, and those before it', () => {
    const fields = ['forwarded', 'for=1.1.1.1', 'forwarded', 'for=192.0.2.7;proto=https, for="'];
    const peer = { clientAddress: CDN, scheme: 'http', proxies: [] };
    expect(origin(fields, STANDARD)).toEqual(peer);
    const found = origin([...fields, 'forwarded', 'for=10.1.1.1'], STANDARD);
    expect(found).toEqual({ ...peer, clientAddress: '10.1.1.1', proxies: [CDN] });
  });

  it('lets no client say another address than its own, whatever it writes', () => {
    const anything = fc.oneof(
      fc.string({ unit: fc.constantFrom('1', '.', ',', ' ', '"', ';', '=', 'f', 'o', 'r', '\\') }),
      fc.ipV4(),
      fc.constantFrom('10.1.1.1', '"', 'for="', 'for=10.1.1.1', 'for=1.1.1.1;proto=https'),
    );
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), fc.boolean(), (written, isStandard) => {
        const name = isStandard ? 'forwarded' : 'x-forwarded-for';
        const before = written.flatMap((value) => [name, value]);
        const told = isStandard ? 'for=192.0.2.7' : '192.0.2.7';
        const headers = [...before, name, told, name, isStandard ? 'for=10.1.1.1' : '10.1.1.1'];
        const { clientAddress } = origin(headers, isStandard ? STANDARD : FOR);
        expect(clientAddress).toBe('192.0.2.7');
      }),
    );
  });
});

describe('originHeaders', () => {
  it('says the same in every field, and each proxy where there were some', () => {
    const told = origin(
      [
        'forwarded',
        'for="[2001:db8::7]";proto=https;host="shop.example.com:8443", for=10.1.1.1, for=10.2.2.2',
      ],
      STANDARD,
    );
    expect(originHeaders(told, 'inner.example.com', 'http')).toEqual([
      'x-forwarded-for',
      `2001:db8::7, 10.1.1.1, 10.2.2.2, ${CDN}`,
      'x-forwarded-proto',
      'https',
      'x-forwarded-host',
      'shop.example.com:8443',
      'x-real-ip',
      '2001:db8::7',
      'forwarded',
      `for="[2001:db8::7]";host="shop.example.com:8443";proto=https, for=10.1.1.1, for=10.2.2.2, for=${CDN};host=inner.example.com;proto=http`,
    ]);
  });

  it('is understood by the next proxy that believes this one', () => {
    const address = fc.oneof(fc.ipV4(), fc.constant('2001:db8::7'));
    fc.assert(
      fc.property(address, fc.array(fc.constantFrom('10.1.1.1', '10.2.2.2')), (first, inner) => {
        fc.pre(!first.startsWith('10.') && !first.startsWith('198.51.100.'));
        const told = origin(['x-forwarded-for', [first, ...inner.slice(0, 5)].join()], FOR);
        const next = originHeaders(told, 'a.example.com', 'http');
        for (const field of FORWARDED_FIELDS.filter(
          (name) => name.endsWith('or') || name.endsWith('ed'),
        )) {
          expect(origin(next, [field]).clientAddress).toBe(told.clientAddress);
        }
      }),
    );
  });
});
