/** The checkout of CMSIS-NN that some tests compare with, and kernel calls written as arguments of its functions. */
import type { TestContext } from 'vitest';
import type { FieldValue, KernelCall, StructLocal } from '../../src/ir/kernel-call.ts';

/** Folder of the checkout; the test is skipped, with a line that says why, where none is named. */
export function needCmsisNn(context: TestContext): string {
  const folder = process.env['CMSIS_NN_DIR'];
  if (folder === undefined) context.skip('set CMSIS_NN_DIR to a checkout of CMSIS-NN');
  return folder!;
}

/** Numbers for what is known only at run time: one row at hand, of several pixels. */
function numberOf(value: Exclude<FieldValue, readonly unknown[]>): string {
  if (typeof value === 'number') return String(value);
  if ('table' in value) return '0';
  return String((value.runtime === 'count' ? 5 : 1) * (value.times ?? 1));
}

function initializer(value: FieldValue): string {
  if (!Array.isArray(value)) return numberOf(value as Exclude<FieldValue, readonly unknown[]>);
  const fields = value as StructLocal['fields'];
  return `{ ${fields.map(field => `.${field.name} = ${initializer(field.value)}`).join(', ')} }`;
}

/** The address of a struct of a call as a compound literal of C99. */
export function structOf({ locals }: KernelCall, name: string): string {
  const { type, fields } = locals.find(local => local.name === name)!;
  return `&(${type})${initializer(fields)}`;
}
