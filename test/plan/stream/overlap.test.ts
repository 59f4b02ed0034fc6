/** How far an output may lie over the input that is still read: flows over bytes that remember their pixels. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlowUnit } from '../../../src/plan/schedule.ts';
import { flowFacts } from '../../../src/plan/stream/flow-facts.ts';
import { OverlapTracker } from '../../../src/plan/stream/overlap.ts';
import { holds } from '../../support/property.ts';
import {
  flowThrough,
  inRows,
  outputOf,
  pixelsUnder,
  type Side,
  type StubStage,
  sameWindow,
  sides,
  split,
  stubChain,
  windowFrom,
} from './windows.ts';

interface Case {
  readonly input: { readonly height: number; readonly width: number; readonly channels: number };
  readonly stages: readonly StubStage[];
  readonly unit: FlowUnit;
}

function distanceOf({ input, stages, unit }: Case): number {
  const facts = flowFacts(stubChain(input, stages), unit);
  const tracker = new OverlapTracker(facts, 0);
  stages.forEach(({ lateFrom }, i) => {
    tracker.append(i, lateFrom === 0);
  });
  return tracker.distance(stages.length - 1);
}

/**
 * Whether all input bytes are still there when they are read, with the input `distance` bytes above the output. A call may
 * write its output before it reads its input.
 */
function survives({ input, stages, unit }: Case, distance: number): boolean {
  const rows = unit.kind === 'rows';
  const flows = stages.map(({ stage }) => (stage === 'pixels' || !rows ? stage : inRows(stage)));
  const last = stages.length - 1;
  const final = stages.findLast(({ stage }) => stage !== 'pixels')?.stage;
  const width = final === undefined || final === 'pixels' ? input.width : final.output[1];
  const readBytes = input.channels * (rows ? input.width : 1);
  const writeBytes = stages[last]!.channels * (rows ? width : 1);
  // Addresses relative to the output; an input that lies below it begins at a negative one.
  const written = new Set<number>();
  let sound = true;
  const read = (pixel: number): void => {
    for (let byte = 0; byte < readBytes; byte += 1) sound &&= !written.has(distance + pixel * readBytes + byte);
  };
  const all = input.height * (rows ? 1 : input.width);
  const most = rows ? 1 : unit.count;
  const whole = stages[0]!.stage !== 'pixels';
  flowThrough(flows, most, whole ? null : split(all, most, room => room), (step, position, count) => {
    if (step === last)
      for (let byte = position * writeBytes; byte < (position + count) * writeBytes; byte += 1) written.add(byte);
    const stage = flows[step];
    for (let pixel = position; pixel < position + count; pixel += 1) {
      if (step === 0 && stage !== 'pixels' && stage !== undefined) pixelsUnder(stage, pixel).forEach(read);
      else if (step === 0 || (step > 0 && stages[step]!.lateFrom === 0)) read(pixel);
    }
  });
  return sound;
}

const units = fc.constantFrom<FlowUnit>(
  { kind: 'rows' },
  ...[1, 2, 3, 4, 8, 16].map((count): FlowUnit => ({ kind: 'pixels', count })),
);
const channels = fc.integer({ min: 1, max: 5 });

/** Up to four steps, each a window or one of pixels; where all keep the size, the input may be added at the end. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    first: fc.tuple(sides(9), sides(9)),
    inputChannels: channels,
    steps: fc.array(
      fc.record({
        pixels: fc.boolean(),
        same: fc.boolean(),
        kernel: fc.constantFrom(3, 5),
        window: fc.tuple(sides(9), sides(9)),
        channels,
      }),
      { minLength: 1, maxLength: 4 },
    ),
    late: fc.boolean(),
    unit: units,
  })
  .map(({ first: [rows, columns], inputChannels, steps, late, unit }) => {
    const input = { height: rows.input, width: columns.input, channels: inputChannels };
    let size: readonly [number, number] = [input.height, input.width];
    const stages: StubStage[] = steps.map(step => {
      if (step.pixels) return { stage: 'pixels', channels: step.channels };
      const [a, b] = step.window.map((side, axis): Side => ({ ...side, input: size[axis]! })) as [Side, Side];
      const fits = outputOf(a) >= 1 && outputOf(b) >= 1 && !step.same;
      const window = fits ? windowFrom(a, b) : sameWindow(size, step.kernel);
      size = window.output;
      return { stage: window, channels: step.channels };
    });
    const kept = steps.every(step => step.pixels || step.same);
    if (late && kept) stages.push({ stage: 'pixels', channels: inputChannels, lateFrom: 0 });
    return { input, stages, unit };
  })
  // Whole rows do not flow where a step is longer than its window.
  .filter(
    ({ stages, unit }) =>
      unit.kind === 'pixels' || stages.every(({ stage: s }) => s === 'pixels' || s.kernel[0] >= s.stride[0]),
  );

test('at that distance, nothing is written over an input byte that is still to be read', () => {
  holds(
    fc.property(cases, given => {
      const distance = distanceOf(given);
      expect(Number.isInteger(distance)).toBe(true);
      expect(survives(given, distance)).toBe(true);
      expect(survives(given, distance + 1)).toBe(true);
    }),
    600,
  );
});

describe('it is no larger than it has to be', () => {
  const [C, W] = [4, 8];
  const input = { height: 6, width: W, channels: C };
  const pointwise = (outputs: number): StubStage => ({ stage: 'pixels', channels: outputs });
  const depthwise: StubStage = { stage: sameWindow([6, W], 3), channels: C };
  const pixels = (count: number): FlowUnit => ({ kind: 'pixels', count });
  const rows: FlowUnit = { kind: 'rows' };
  const half = { ...sameWindow([6, W], 3), stride: [2, 2] as const, output: [3, 4] as const };
  test.each<[string, FlowUnit, readonly StubStage[], number]>([
    ['pointwise: the pixels of one call', pixels(4), [pointwise(C)], 4 * C],
    ['pointwise, one pixel at once', pixels(1), [pointwise(C)], C],
    ['pointwise in rows', rows, [pointwise(C)], W * C],
    ['two pointwise: the first has read what the second writes', pixels(4), [pointwise(9), pointwise(C)], 0],
    [
      'pointwise to twice the channels: as much as the output is larger, and the last call',
      pixels(4),
      [pointwise(2 * C)],
      48 * C + 4 * C,
    ],
    ['depthwise 3×3, one pixel at once: a row and two pixels', pixels(1), [depthwise], W * C + 2 * C],
    ['depthwise 3×3 in fours: the block and the pixel left of it', pixels(4), [depthwise], W * C + 5 * C],
    ['depthwise 3×3 in rows: the row above and its own', rows, [depthwise], 2 * W * C],
    [
      'a residual reads the pixels again',
      pixels(4),
      [pointwise(6 * C), depthwise, { ...pointwise(C), lateFrom: 0 }],
      4 * C,
    ],
    ['stride 2, in rows: half of a row each, never behind', rows, [{ stage: half, channels: C }], (W / 2) * C],
  ])('%s', (_title, unit, stages, expected) => {
    const given = { input, stages, unit };
    expect(distanceOf(given)).toBe(expected);
    expect(survives(given, expected)).toBe(true);
    expect(survives(given, expected - 1)).toBe(false);
  });
});

test('what is written after the last input byte has been read counts as well: never less than the sizes differ by', () => {
  const stages: StubStage[] = [
    { stage: 'pixels', channels: 24 },
    { stage: sameWindow([6, 8], 3), channels: 4 },
  ];
  const given: Case = { input: { height: 6, width: 8, channels: 4 }, stages, unit: { kind: 'pixels', count: 4 } };
  expect(distanceOf(given)).toBe(0);
  expect(survives(given, -8 * 4)).toBe(true);
  expect(survives(given, -8 * 4 - 1)).toBe(false);
});

test('a group may begin behind other steps', () => {
  const stages: StubStage[] = [
    { stage: 'pixels', channels: 5 },
    { stage: sameWindow([6, 8], 3), channels: 3 },
  ];
  const facts = flowFacts(stubChain({ height: 6, width: 8, channels: 2 }, stages), { kind: 'pixels', count: 1 });
  const tracker = new OverlapTracker(facts, 1);
  tracker.append(1, false);
  const alone = { input: { height: 6, width: 8, channels: 5 }, stages: stages.slice(1), unit: facts.unit };
  expect(tracker.distance(1)).toBe(distanceOf(alone));
  expect(survives(alone, distanceOf(alone) - 1)).toBe(false);
});
