/** Diagnostics for a terminal: nothing in them can be taken for another one. */
import { expect, test } from 'vitest';
import { buildFailed, malformedFile, tensorMissing } from '../../src/diagnostics/catalog.ts';
import { renderDiagnostic, renderDiagnostics } from '../../src/diagnostics/render.ts';

const FORGED = 'w\u001b[2K\nerror SNUG901: all is lost\n  to fix: run rm\u202e';

test('a diagnostic has at most three lines, whatever the names in it are', () => {
  const origin = { file: FORGED, layer: FORGED, tensor: FORGED };
  const lines = renderDiagnostic(malformedFile({ format: 'ONNX', problem: FORGED }, origin)).split('\n');
  expect(lines.map(line => line.slice(0, 10))).toEqual(['error SNUG', '  where: w', '  to fix: ']);
  for (const unseen of ['\u001b', '\u202e']) expect(lines.join('')).not.toContain(unseen);
  expect(lines[0]).toContain('w\\x1b[2K\\nerror SNUG901: all is lost\\n');
});

test('what a tool printed keeps its lines', () => {
  const text = renderDiagnostic(buildFailed({ tool: 'gcc', output: 'a.c:1: error\u001b[0m\n  int x' }));
  expect(text).toContain('gcc refused the emitted C:\na.c:1: error\\x1b[0m\n  int x\n');
});

test('ten megabytes and a million errors are told in a few lines', () => {
  const long = 'n'.repeat(1e7);
  expect(renderDiagnostic(malformedFile({ format: 'ONNX', problem: long }, { tensor: long })).length).toBeLessThan(
    3000,
  );
  const all = Array.from({ length: 1e5 }, (_, i) => tensorMissing({ shape: '1' }, { tensor: `t${i}` }));
  const text = renderDiagnostics(all);
  expect(text.length).toBeLessThan(20_000);
  expect(text).toMatch(/\nand 99950 more errors, which --json lists$/);
  expect(renderDiagnostics(all.slice(0, 2)).split('\n')).toHaveLength(6);
});
