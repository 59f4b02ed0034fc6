/**
 * `quantization.html`: one file that stands alone, without scripts, fonts or anything from elsewhere; the same bytes for the
 * same quantization.
 */
import { escapeXml } from '../../svg.ts';
import type { Explanation } from '../explain.ts';
import {
  agreementText,
  calibrationText,
  decibelText,
  mostSensitive,
  partText,
  rangeText,
  realText,
  recipeText,
} from '../format.ts';
import type { LayerPicture } from '../pictures.ts';
import type { LayerCost, QuantizationReport } from '../types.ts';
import { channelPlot } from './channel-plot.ts';
import { histogramPlot } from './histogram-plot.ts';
import { tag, textTag } from './markup.ts';
import { networkPlot } from './network-plot.ts';
import { STYLE } from './style.ts';
import { ladderTable, layerTable } from './tables.ts';

const key = (colour: string, meaning: string): string =>
  tag('span', { class: `key key-${colour}` }) + escapeXml(meaning);

function figure(value: string, meaning: string): string {
  return tag('div', {}, textTag('b', value), textTag('span', meaning, { class: 'soft' }));
}

function headline({ output, measured, layers }: QuantizationReport): string {
  const [worst] = mostSensitive(layers, 1);
  const figures = [figure(`${decibelText(output.sqnrDb)} dB`, 'SQNR of the output, int8 against float')];
  if (output.agreement !== null)
    figures.push(figure(agreementText(output, measured.inputs), 'inputs of the same class'));
  if (worst !== undefined)
    figures.push(figure(worst.name, `most sensitive layer: ${decibelText(worst.sensitivityDb)} dB alone`));
  return tag('div', { class: 'figures' }, ...figures);
}

function details(layer: LayerCost, { channels, activation }: LayerPicture): string {
  const { name, operator, weightSqnrDb, sqnrDb, sensitivityDb, clipped, range, scale, zeroPoint } = layer;
  const facts = [
    operator,
    ...(weightSqnrDb === null ? [] : [`weights ${decibelText(weightSqnrDb)} dB`]),
    `output ${decibelText(sqnrDb)} dB`,
    `alone ${decibelText(sensitivityDb)} dB`,
  ];
  const figures: string[] = [];
  if (channels !== null) {
    const { before, after, scales } = channels;
    if (before !== null) {
      const caption = `Weights by channel${key('grey', 'before equalization')}`;
      figures.push(tag('figure', {}, channelPlot(before, null, name), tag('figcaption', {}, caption)));
    }
    const colour = key('blue', before === null ? 'smallest to largest' : 'after equalization');
    const caption = `Weights by channel${colour}${key('orange', 'what int8 covers: 127 times the channel’s scale')}`;
    figures.push(tag('figure', {}, channelPlot(after, scales, name), tag('figcaption', {}, caption)));
  }
  if (activation !== null) {
    const chosen = `chosen range (${range.choice}): ${rangeText(range)}; scale ${realText(scale)}, zero point ${zeroPoint}; ${partText(clipped)} clipped`;
    const caption = `Values of the output, how many${key('red', chosen)}${key('tint', 'clipped')}`;
    figures.push(tag('figure', {}, histogramPlot(activation, name), tag('figcaption', {}, caption)));
  }
  const summary = tag('summary', {}, textTag('b', name), textTag('span', facts.join(', '), { class: 'soft' }));
  return tag('details', {}, summary, tag('div', { class: 'pair' }, ...figures));
}

function introduction({ name, snug, weights, recipe, calibration, measured }: QuantizationReport): string {
  const seeded =
    weights === 'seeded'
      ? textTag('p', 'The weights are seeded random numbers: these figures say nothing of a trained network.', {
          class: 'warning',
        })
      : '';
  const how = `snug ${snug}; calibrated with ${calibrationText(calibration)}: ${recipeText(recipe)}. Figures are measured over ${measured.inputs} of them, what each layer costs alone over ${measured.sensitivityInputs}.`;
  return textTag('h1', `${name}: what quantization costs`) + textTag('p', how, { class: 'soft' }) + seeded;
}

function section(title: string, explanation: string, ...content: readonly string[]): string {
  return textTag('h2', title) + textTag('p', explanation, { class: 'soft' }) + content.join('\n');
}

/** The page as text, well-formed as XML but for its first line. */
export function explanationPage({ report, pictures }: Explanation): string {
  const legend = tag(
    'figcaption',
    {},
    key('blue', 'output of the layer in the int8 network') +
      key('orange', 'output of the network, were the layer alone in int8') +
      key('red', 'the three most sensitive layers'),
  );
  const body = [
    introduction(report),
    headline(report),
    section(
      'Which pass helped',
      'The network’s output against float, with one pass more in every row. More decibels are less noise; 6 dB halve its amplitude.',
      tag('div', { class: 'scroll' }, ladderTable(report)),
    ),
    section(
      'Along the network',
      'Signal-to-quantization-noise ratios in dB, layer by layer.',
      tag('figure', {}, networkPlot(report.layers), legend),
    ),
    section(
      'Layers',
      'Weights: rounded against float. Output: in the int8 network, with the noise of the layers before. Alone: the network’s output, were this the only layer in int8; the least of these costs most. Clipped: values beyond what int8 covers. By: the way that chose the range.',
      tag('div', { class: 'scroll' }, layerTable(report)),
    ),
    section(
      'Layer by layer',
      'Open a layer for its weights and the values of its output.',
      ...report.layers.map((layer, i) => details(layer, pictures[i]!)),
    ),
  ];
  const head = [
    '<meta charset="utf-8"/>',
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
    textTag('title', `${report.name}: what quantization costs`),
    tag('style', {}, STYLE),
  ];
  const html = tag(
    'html',
    { lang: 'en' },
    tag('head', {}, ...head),
    '\n',
    tag('body', {}, tag('main', {}, body.join('\n'))),
  );
  return `<!DOCTYPE html>\n${html}\n`;
}
