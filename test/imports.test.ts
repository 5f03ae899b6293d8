import { describe, expect, it } from 'vitest';
import { importsOf } from './support/imports.ts';

describe('importsOf', () => {
  it.each([
    ["import { a } from './a.ts';", './a.ts'],
    ["import type { A } from '../a.ts';", '../a.ts'],
    ["import {\n  a,\n  type B,\n} from 'package/deep';", 'package/deep'],
    ["import 'reflect-metadata';", 'reflect-metadata'],
    ["import def, * as all from 'node:fs';", 'node:fs'],
    ["export * from './a.ts';", './a.ts'],
    ["export type { A } from './a.ts';", './a.ts'],
    ["const a = await import('./a.ts');", './a.ts'],
    ["const a = require('./a.ts');", './a.ts'],
    ["let a: import('./a.ts').A;", './a.ts'],
  ])('sees the module of %j', (text, specifier) => {
    expect(importsOf(text)).toEqual([{ specifier }]);
  });

  it('reports a module that is computed', () => {
    expect(importsOf('await import(name);')).toEqual([{ specifier: undefined }]);
  });

  it.each([
    "// import { a } from './a.ts';",
    "/*\nimport { a } from './a.ts';\n*/",
    "export const from = 'text';",
    "export function send(to = 'them') {}",
    "const url = 'http://host'; // import('x')",
    "session.import('name');",
  ])('sees none in %j', (text) => {
    expect(importsOf(text)).toEqual([]);
  });
});
