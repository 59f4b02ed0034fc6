/** The reading of imports that the other structural tests stand on. */
import { expect, test } from 'vitest';
import { importsOf, packageOf, parse, roomOf, sourcePaths, target } from './source-tree.ts';

test('every form of import is read, with its line and whether it lasts until run time', () => {
  const file = parse(
    'src/a.ts',
    [
      "import './effect.ts';",
      "import value, { type T } from './value.ts';",
      "import type { U } from './type.ts';",
      "import { type V, type W } from './inline.ts';",
      "export { x } from './exported.ts';",
      "export type { X } from './exported-type.ts';",
      "export * from './all.ts';",
      "const y = await import('./dynamic.ts');",
      "let z: import('./in-type.ts').Z;",
      'const later = await import(name);',
      '// import "./comment.ts"',
    ].join('\n'),
  );
  expect(
    importsOf(file).map(i => `${i.line} ${i.specifier}${i.typeOnly ? ' type' : ''}${i.dynamic ? ' dynamic' : ''}`),
  ).toEqual([
    '1 ./effect.ts',
    '2 ./value.ts',
    '3 ./type.ts type',
    '4 ./inline.ts type',
    '5 ./exported.ts',
    '6 ./exported-type.ts type',
    '7 ./all.ts',
    '8 ./dynamic.ts dynamic',
    '10 (computed) dynamic',
    '9 ./in-type.ts type',
  ]);
});

test('specifiers resolve to files, packages and rooms', () => {
  expect(target('src/ops/add.ts', '../ir/shape.ts')).toBe('src/ir/shape.ts');
  expect(target('src/ops/add.ts', './pad.ts')).toBe('src/ops/pad.ts');
  expect(target('src/ops/add.ts', 'zod')).toBeNull();
  expect(packageOf('protobufjs/light.js')).toBe('protobufjs');
  expect(packageOf('@scope/name/deep.js')).toBe('@scope/name');
  expect(roomOf('src/frontends/onnx/decode.ts')).toBe('frontends');
  expect(roomOf('src/compile.ts')).toBe('compile.ts');
});

test('the source tree is found', () => {
  expect(sourcePaths).toContain('src/index.ts');
});
