/** The tables of a quantization as rows of text, for the terminal and for the page. */
import { formatShape } from '../../ir/shape.ts';
import {
  agreementText,
  decibelText,
  gainsOf,
  gainText,
  mostSensitive,
  partText,
  rangeText,
  stepText,
} from './format.ts';
import type { QuantizationReport } from './types.ts';

/** Cells by row; columns lie to the left or to the right. */
export interface Rows {
  readonly head: readonly string[];
  readonly align: readonly ('left' | 'right')[];
  readonly rows: readonly (readonly string[])[];
}

/** What each step of the recipe brings at the network's output. */
export function ladderRows({ ladder, recipe, measured }: QuantizationReport): Rows {
  const gains = gainsOf(ladder);
  return {
    head: ['passes', 'output dB', 'gain', 'same class'],
    align: ['left', 'right', 'right', 'right'],
    rows: ladder.map((rung, i) => [
      stepText(rung, recipe),
      decibelText(rung.sqnrDb),
      gainText(gains[i]!),
      agreementText(rung, measured.inputs),
    ]),
  };
}

/** All layers in order. */
export function layerRows({ layers }: QuantizationReport): Rows {
  return {
    head: ['layer', 'operator', 'output', 'weights dB', 'output dB', 'alone dB', 'clipped', 'range', 'by'],
    align: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
    rows: layers.map(layer => [
      layer.name,
      layer.operator,
      formatShape(layer.output),
      layer.weightSqnrDb === null ? '' : decibelText(layer.weightSqnrDb),
      decibelText(layer.sqnrDb),
      decibelText(layer.sensitivityDb),
      partText(layer.clipped),
      rangeText(layer.range),
      layer.range.choice,
    ]),
  };
}

/** How many layers are pointed out. */
const POINTED_OUT = 3;

/** `most sensitive: a (12.34 dB), b (15.00 dB)`; one line. */
export function worstText({ layers }: QuantizationReport): string {
  const worst = mostSensitive(layers, POINTED_OUT).map(
    ({ name, sensitivityDb }) => `${name} (${decibelText(sensitivityDb)} dB)`,
  );
  return worst.length === 0 ? 'no layer alone changes the output' : `most sensitive: ${worst.join(', ')}`;
}
