/**
 * Which modules a TypeScript text names: imports, re-exports, `import()` and `require()`.
 *
 * @module
 */

export interface ModuleImport {
  /** `undefined` when it is computed at run time. */
  readonly specifier: string | undefined;
}

// A string or template is matched first, so that nothing inside it looks like a comment.
const COMMENT =
  /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const STATEMENT = /(?<=^|;)[ \t]*(?:import|export)\b(?:[^'";=()]*?\bfrom)?\s*(['"])([^'"\n]+)\1/gm;
const CALL = /(?<![.\w$])(?:import|require)\s*\(\s*(?:(['"])([^'"\n]+)\1\s*[,)])?/g;

export function importsOf(text: string): ModuleImport[] {
  const code = withoutComments(text);
  const statements = [...code.matchAll(STATEMENT)].map((match) => ({ specifier: match[2] }));
  const calls = [...code.matchAll(CALL)].map((match) => ({ specifier: match[2] }));
  return [...statements, ...calls];
}

export function withoutComments(text: string): string {
  return text.replace(COMMENT, (_whole, string: string | undefined) => string ?? ' ');
}
