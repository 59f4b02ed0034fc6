import { expect, test } from 'vitest';
import { isCompanionName } from '../../src/formats/companion-name.ts';

test.each(['a.bin', 'a/b.bin', '.hidden', 'a b', 'weights..bin'])('%j stays in the folder', name => {
  expect(isCompanionName(name)).toBe(true);
});

test.each(['', '/a', '../a', 'a/../b', './a', 'a//b', 'a/', 'C:a', 'a\\b', 'a\0', '..'])('%j may leave it', name => {
  expect(isCompanionName(name)).toBe(false);
});
