import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childrenOf, escapeXml, findElement, parseXml } from './xml.ts';

describe('parseXml', () => {
  it('reads elements, attributes, entities and character data', () => {
    const root = parseXml(
      `<?xml version="1.0"?>\n<!-- one --><a:Root x="1 &amp; 2" y='"'>` +
        '<Item>caf&#233; &#x2713;</Item><Item/><Other><![CDATA[<raw>&amp;]]></Other></a:Root>\n',
    );
    expect(root).toMatchObject({ name: 'Root', attributes: { x: '1 & 2', y: '"' } });
    expect(childrenOf(root, 'Item').map(({ text }) => text)).toEqual(['café ✓', '']);
    expect(findElement(root, 'Other')?.text).toBe('<raw>&amp;');
    expect(findElement(root, 'Other', 'Nothing')).toBeUndefined();
  });

  it.each([
    ['an end that does not match', '<a><b></a></b>'],
    ['an element that stays open', '<a><b></b>'],
    ['two roots', '<a/><b/>'],
    ['text outside', '<a/>text'],
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['no XML at all', '{"json": true}'],
    ['nothing', ''],
    ['too many levels', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`],
  ])('refuses %s', (_title, text) => {
    expect(parseXml(text)).toBeUndefined();
  });

  it('reads back what it escapes', () => {
    assert(
      property(string({ unit: 'grapheme' }), (text) => {
        expect(parseXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toMatchObject({
          text,
          attributes: { b: text },
        });
      }),
    );
  });

  it('takes time in proportion to what it is given', () => {
    const begin = performance.now();
    expect(parseXml(`<a ${'x="1" '.repeat(200_000)}`)).toBeUndefined();
    expect(parseXml(`<a>${'<!--'.repeat(200_000)}`)).toBeUndefined();
    expect(performance.now() - begin).toBeLessThan(2_000);
  });
});
