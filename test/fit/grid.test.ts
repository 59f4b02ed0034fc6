import { expect, test } from 'vitest';
import { fitGrid } from '../../src/fit/grid.ts';

test('the grid has 27 widths times 15 resolutions, each pair once', () => {
  const grid = fitGrid();
  expect(grid).toHaveLength(405);
  expect(new Set(grid.map(({ width, resolution }) => `${width} ${resolution}`)).size).toBe(405);
  expect(new Set(grid.map(({ width }) => width)).size).toBe(27);
  expect(new Set(grid.map(({ resolution }) => resolution)).size).toBe(15);
});

test('it goes from the narrowest and smallest to the widest and largest', () => {
  const grid = fitGrid();
  expect(grid[0]).toEqual({ width: 0.1, resolution: 32 });
  expect(grid[1]).toEqual({ width: 0.1, resolution: 48 });
  expect(grid[15]).toEqual({ width: 0.15, resolution: 32 });
  expect(grid.at(-1)).toEqual({ width: 1.4, resolution: 256 });
});

test('widths equal their literals, and the published sizes are in the grid', () => {
  const grid = fitGrid();
  for (const { width } of grid) expect(width).toBe(Number(width.toFixed(2)));
  for (const width of [0.35, 0.5, 0.75, 1, 1.3, 1.4]) {
    for (const resolution of [96, 128, 160, 192, 224]) expect(grid).toContainEqual({ width, resolution });
  }
});
