/**
 * The JSON Schema of a configuration file, for editors.
 *
 * @module
 */
import { z } from 'zod';
import { fileSchema } from './file-schema.ts';

/** Draft 2020-12. Weaker than the real check: it knows shapes and words, not references. */
export function jsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'certctl.yaml' };
}
