/** Pictures of small arenas character by character, and the peak against bytes that are counted one by one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ArenaBlock,
  type ArenaTimeline,
  arenaPicture,
  peakOf,
  scaleTicks,
} from '../../src/report/arena-picture.ts';
import { holds } from '../support/property.ts';

type Place = readonly [offset: number, bytes: number, first: number, last: number];

const block = (kind: ArenaBlock['kind'], [offset, bytes, first, last]: Place, label: string = kind): ArenaBlock => ({
  ...{ label, kind, offset, bytes, first, last },
});
const layers = (flows: boolean, ...labels: readonly string[]): ArenaTimeline['steps'] =>
  labels.map(label => ({ label, flows }));
const plain = (timeline: ArenaTimeline, columns = 80): readonly string[] =>
  arenaPicture(timeline, { columns, colour: false }).split('\n');

/** Three layers, the first over the whole of an arena of 4 KiB. */
const LAYERWISE: ArenaTimeline = {
  arenaBytes: 4096,
  steps: layers(false, 'conv', 'depthwise', 'project'),
  blocks: [
    block('resident', [0, 1024, 0, 0]),
    block('resident', [1024, 3072, 0, 1]),
    block('resident', [0, 512, 1, 2]),
    block('workspace', [512, 256, 1, 1]),
  ],
};

const STREAMED: ArenaTimeline = {
  arenaBytes: 4096,
  steps: [
    ...layers(true, 'block_1_expand', 'block_1_depthwise', 'block_1_project'),
    ...layers(false, 'block_2_expand'),
    ...layers(true, 'block_2_depthwise'),
  ],
  blocks: [
    block('resident', [0, 2048, 0, 2], 'input'),
    block('resident', [1024, 2048, 0, 4], 'output'),
    block('line buffer', [3072, 512, 0, 2]),
    block('workspace', [3584, 256, 0, 2]),
  ],
};

describe('a picture', () => {
  test('has a row for each layer, a scale and a legend', () => {
    expect(plain(LAYERWISE)).toEqual([
      'arena 4.0 KiB │0 KiB     │1          │2          │3           bytes alive',
      `conv          ${'█'.repeat(47)}       4,096 ◄ peak`,
      `depthwise     ${'█'.repeat(6)}${'░'.repeat(3)}··${'█'.repeat(36)}       3,840`,
      `project       ${'█'.repeat(6)}${'·'.repeat(41)}         512`,
      '█ resident   ░ workspace   · free',
    ]);
  });

  test('folds the layers of a streamed group, and wraps what is too long for a narrow terminal', () => {
    const bar = `${'█'.repeat(7)}${'▓'.repeat(7)}${'█'.repeat(7)}${'▒'.repeat(4)}${'░'.repeat(2)}·`;
    const later = `${'·'.repeat(7)}${'█'.repeat(14)}${'·'.repeat(7)}`;
    expect(plain(STREAMED)).toEqual([
      'arena 4.0 KiB                    │0 KiB        │2             bytes alive',
      `block_1_expand … block_1_project ${bar}       3,840 ◄ peak`,
      `(3 layers, streamed)             ${bar}`,
      `block_2_expand                   ${later}       2,048`,
      `block_2_depthwise (streamed)     ${later}       2,048`,
      '█ resident   ▓ output over its input   ▒ line buffers   ░ workspace   · free',
    ]);
    expect(plain(STREAMED, 140)[1]).toMatch(/^block_1_expand … block_1_project \(3 layers, streamed\) █/);
  });

  test('keeps layers apart that hold as many bytes in other blocks', () => {
    const blocks = [block('resident', [0, 64, 0, 0]), block('resident', [0, 64, 1, 1])];
    expect(plain({ arenaBytes: 64, steps: layers(true, 'a', 'b'), blocks })).toHaveLength(4);
  });

  test('shows the smallest block, and marks every peak', () => {
    const blocks = [block('workspace', [0, 1, 0, 0]), block('resident', [999_999, 1, 2, 2])];
    const [, first, second, third] = plain({ arenaBytes: 1_000_000, steps: layers(false, 'a', 'b', 'c'), blocks });
    expect(first).toMatch(/^a {15}░·+ +1 ◄ peak$/);
    expect(second).toMatch(/^b {15}·+ +0$/);
    expect(third).toMatch(/^c {15}·+█ +1 ◄ peak$/);
  });

  test('cuts names that do not fit', () => {
    const lines = plain({ ...LAYERWISE, steps: layers(false, 'a'.repeat(40), 'b', 'c') });
    expect(lines[1]).toMatch(/^a{31}… █{28} {7}4,096 ◄ peak$/);
  });

  test('of nothing is a scale', () => {
    expect(plain({ arenaBytes: 0, steps: [], blocks: [] })).toHaveLength(1);
    expect(plain({ arenaBytes: 0, steps: layers(false, 'a'), blocks: [] })[1]).toMatch(/^a {13}·+ +0$/);
  });

  test('has the same characters in colour', () => {
    const coloured = arenaPicture(STREAMED, { columns: 80, colour: true });
    expect(coloured).toContain('\u001b[34m███████\u001b[39m\u001b[36m▓▓▓▓▓▓▓\u001b[39m');
    expect(coloured).toContain('\u001b[31m ◄ peak\u001b[39m');
    expect(
      coloured
        .split('\u001b')
        .map((part, i) => (i === 0 ? part : part.replace(/^\[\d+m/, '')))
        .join(''),
    ).toBe(plain(STREAMED).join('\n'));
  });
});

describe('a scale', () => {
  const figures = (arenaBytes: number, most: number): readonly string[] =>
    scaleTicks(arenaBytes, most).map(({ kib }) => kib);

  test('has round figures', () => {
    expect(figures(1_505_280, 8)).toEqual(['0', '200', '400', '600', '800', '1000', '1200', '1400']);
    expect(figures(10 * 1024, 10)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
    expect(figures(1024, 4)).toEqual(['0', '0.5', '1']);
    expect(figures(308, 4)).toEqual(['0', '0.1', '0.2', '0.3']);
    expect(figures(90 * 1024, 1)).toEqual(['0']);
    expect(scaleTicks(2048, 2)).toEqual([
      { offset: 0, kib: '0' },
      { offset: 1024, kib: '1' },
      { offset: 2048, kib: '2' },
    ]);
  });

  test('is 0 where there is no arena or no room', () => {
    expect([figures(0, 8), figures(4096, 0)]).toEqual([['0'], ['0']]);
  });
});

describe('the peak', () => {
  test('is the first of the largest, and the runner-up holds less', () => {
    expect(peakOf(LAYERWISE)).toEqual({ step: 0, bytes: 4096, runnerUp: { step: 1, bytes: 3840 } });
    const blocks = [block('resident', [0, 8, 1, 1]), block('resident', [8, 8, 3, 3]), block('resident', [0, 4, 2, 2])];
    expect(peakOf({ arenaBytes: 16, steps: layers(false, 'a', 'b', 'c', 'd'), blocks })).toEqual({
      step: 1,
      bytes: 8,
      runnerUp: { step: 2, bytes: 4 },
    });
  });

  test('counts bytes once that an output shares with its input', () => {
    expect(peakOf(STREAMED)).toEqual({ step: 0, bytes: 3840, runnerUp: { step: 3, bytes: 2048 } });
  });

  test('has no runner-up where all steps hold the same', () => {
    const blocks = [block('resident', [0, 8, 0, 1])];
    expect(peakOf({ arenaBytes: 8, steps: layers(false, 'a', 'b'), blocks }).runnerUp).toBeNull();
    expect(peakOf({ arenaBytes: 0, steps: [], blocks: [] })).toEqual({ step: 0, bytes: 0, runnerUp: null });
  });
});

test('bytes alive are those that a count of single bytes finds, and no line is too wide', () => {
  const blocks = fc.array(
    fc
      .tuple(fc.constantFrom('resident', 'line buffer', 'workspace'), fc.nat(40), fc.nat(23), fc.nat(5), fc.nat(5))
      .map(([kind, offset, bytes, a, b]) => block(kind, [offset, bytes, Math.min(a, b), Math.max(a, b)])),
    { maxLength: 8 },
  );
  holds(
    fc.property(blocks, fc.integer({ min: 80, max: 200 }), (drawn, columns) => {
      const timeline = { arenaBytes: 64, steps: layers(false, 'a', 'b', 'c', 'd', 'e', 'f'), blocks: drawn };
      const alive = timeline.steps.map((_, step) => {
        const now = drawn.filter(({ first, last }) => first <= step && step <= last);
        return [...Array(64).keys()].filter(at => now.some(b => b.offset <= at && at < b.offset + b.bytes)).length;
      });
      const most = Math.max(...alive);
      const { step, bytes, runnerUp } = peakOf(timeline);
      expect([step, bytes]).toEqual([alive.indexOf(most), most]);
      expect(runnerUp?.bytes ?? null).toBe(alive.filter(b => b < most).sort((a, b) => b - a)[0] ?? null);
      const lines = plain(timeline, columns);
      expect(lines.filter(line => line.length > columns || line.endsWith(' '))).toEqual([]);
    }),
  );
});
