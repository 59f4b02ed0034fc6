/** 9xx: what was emitted. */
import { type DiagnosticConstructor, define } from '../diagnostic.ts';

export const buildFailed: DiagnosticConstructor<{ tool: string; output: string }> = define(
  'SNUG901',
  'answer',
  d => `${d.tool} refused the emitted C:\n${d.output}`,
  () => 'this is a fault of snug or an edit of its output; compile again, and report it if it stays',
);
export const programFailed: DiagnosticConstructor<{ program: string; output: string }> = define(
  'SNUG902',
  'answer',
  d => `${d.program} stopped with an error:\n${d.output}`,
  () => 'this is a fault of snug or an edit of its output; compile again, and report it if it stays',
);
