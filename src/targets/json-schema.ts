/**
 * The schema of a `target.json` as JSON Schema, for editors and other tools. `targets/target.schema.json` is this text.
 * It states the shape only: that regions do not overlap, and that some region holds code, constants and data, is checked
 * when a target is read.
 */
import { z } from 'zod';
import { targetSchema } from './schema.ts';

/** What `targets/target.schema.json` holds, draft 2020-12. */
export function targetJsonSchema(): string {
  const { $schema, ...rest } = z.toJSONSchema(targetSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, $id: 'urn:snug:target.schema.json', title: 'A board that snug compiles for' };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}
