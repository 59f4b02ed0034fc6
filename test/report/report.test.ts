/** The figures of a compiled program: memory for the core that needs most, and parameters as `inspect` counts them. */
import { expect, test } from 'vitest';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { type ReportOrigin, reportOf } from '../../src/report/report.ts';
import { quantizedProgram } from '../support/quantized.ts';

const ORIGIN: ReportOrigin = { command: 'compile', source: 'mobilenet-v2', width: 0.1, calibrationInputs: 'random' };

const network = mobilenetV2({ width: 0.1, resolution: 32, classes: 5 });

test('RAM is enough for every core', () => {
  const { program } = quantizedProgram(network, { name: 'tiny', seed: 1 });
  const { ram, layers } = reportOf(program, ORIGIN, 1, null);
  const { c, dsp, mve } = ram.scratchBytesByCore;
  expect(c).toBeLessThan(Math.max(dsp, mve));
  expect(ram.scratchBytes).toBe(Math.max(c, dsp, mve));
  expect(ram.scratchBytes).toBe(Math.max(...layers.map(layer => layer.scratchBytes)));
  expect(ram.totalBytes).toBe(ram.arenaBytes + ram.scratchBytes + ram.inputBytes + ram.outputBytes);
});

test('portable kernels need no scratch', () => {
  const { program } = quantizedProgram(network, { name: 'tiny', seed: 1, kernels: 'portable' });
  const { ram } = reportOf(program, ORIGIN, 1, null);
  expect(ram).toMatchObject({ scratchBytes: 0, scratchBytesByCore: { c: 0, dsp: 0, mve: 0 } });
});
