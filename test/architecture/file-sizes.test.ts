/** Small rooms: a file that outgrows the limit becomes a folder of its own name. */
import { expect, test } from 'vitest';
import { readText, sourcePaths } from './source-tree.ts';

const LIMIT = 300;
const MEDIAN_LIMIT = 140;

const sizes = sourcePaths
  .map(path => ({ path, lines: readText(path).trimEnd().split('\n').length }))
  .sort((a, b) => a.lines - b.lines);

test(`no file of src is longer than ${LIMIT} lines`, () => {
  expect(sizes.filter(({ lines }) => lines > LIMIT)).toEqual([]);
});

test(`the median file of src has at most ${MEDIAN_LIMIT} lines`, () => {
  const median = sizes[Math.floor(sizes.length / 2)]!.lines;
  console.info(`${sizes.length} files in src, median ${median} lines, longest ${sizes.at(-1)!.lines}`);
  expect(median).toBeLessThanOrEqual(MEDIAN_LIMIT);
});
