/** 3xx: graphs. */
import { type DiagnosticConstructor, define } from '../diagnostic.ts';

export const shapeMismatch: DiagnosticConstructor<{ problem: string }> = define(
  'SNUG301',
  'usage',
  d => d.problem,
  () => 'check the shapes that the operator is given',
);
export const windowTooLarge: DiagnosticConstructor<{ kernel: string; input: string }> = define(
  'SNUG302',
  'usage',
  d => `a ${d.kernel} window does not fit into an input of ${d.input}`,
  () => 'raise the resolution, add padding, or use a smaller kernel',
);
export const invalidAttribute: DiagnosticConstructor<{ name: string; value: string; expected: string }> = define(
  'SNUG303',
  'usage',
  d => `${d.name} is ${d.value}; expected ${d.expected}`,
  d => `set ${d.name} to ${d.expected}`,
);
export const malformedGraph: DiagnosticConstructor<{ problem: string; pass: string }> = define(
  'SNUG304',
  'usage',
  d => `the graph is not well formed after ${d.pass}: ${d.problem}`,
  () => 'if the model came from a file, export it again; if it was built in TypeScript, check the builder calls',
);
export const resolutionFixed: DiagnosticConstructor<{ problem: string }> = define(
  'SNUG305',
  'usage',
  d => `the network cannot be re-shaped to this resolution: ${d.problem}`,
  () => 'use the resolution that the model was exported with, or export a fully convolutional network',
);
