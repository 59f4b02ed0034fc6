/**
 * No test depends on how fast the machine is, or on what else it does: a busy one takes ten times as long, with nothing
 * wrong. The one limit is that of `vitest.config.ts`, which ends what hangs.
 */
import { Node, type SourceFile, SyntaxKind } from 'ts-morph';
import { expect, test } from 'vitest';
import { filesBelow, parse, readText } from './source-tree.ts';

const CLOCKS = /^(performance\.now|Date\.now|process\.(hrtime|uptime|cpuUsage)|AbortSignal\.timeout)$/;
const LIMITS = /^(testTimeout|hookTimeout|timeout|interruptAfterTimeLimit)$/;
const TESTS = /^(test|it|describe|before(All|Each)|after(All|Each))\b/;

/** What reads a clock or limits the time of a test, by line. */
function problemsOf(file: SourceFile): readonly string[] {
  const found = file.forEachDescendantAsArray().flatMap(node => {
    if (Node.isPropertyAccessExpression(node) && CLOCKS.test(node.getText())) return [node];
    if (Node.isPropertyAssignment(node) && LIMITS.test(node.getName())) return [node];
    if (!Node.isCallExpression(node) || !TESTS.test(node.getExpression().getText())) return [];
    // A limit as the last argument, behind a function.
    const last = node.getArguments().at(-1);
    return node.getArguments().length > 1 && last?.getKind() === SyntaxKind.NumericLiteral ? [last] : [];
  });
  return found.map(node => `${node.getStartLineNumber()}: ${node.getText()}`);
}

test('clocks and limits of time are found', () => {
  const found = (text: string): readonly string[] => problemsOf(parse('test/a.test.ts', text));
  expect(found('const start = performance.now();\nfoo();\nconst at = Date.now();')).toEqual([
    '1: performance.now',
    '3: Date.now',
  ]);
  expect(found("test('a', { timeout: 120_000 }, () => {});\nvi.setConfig({ hookTimeout: 1 });")).toEqual([
    '1: timeout: 120_000',
    '2: hookTimeout: 1',
  ]);
  expect(found("test.each([1])(\n'a', () => {\n}, 60_000);\nbeforeAll(run, 5);")).toEqual(['3: 60_000', '4: 5']);
  expect(found("holds(fc.property(run), 2000); // timeout: 4\nexpect('timeout').toBe(4);")).toEqual([]);
});

test('no test reads a clock or has a limit of time of its own', () => {
  const files = filesBelow('test').filter(path => path.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(100);
  const problems = files.flatMap(path => problemsOf(parse(path, readText(path))).map(problem => `${path}:${problem}`));
  expect(problems).toEqual([]);
});
