/**
 * A network with the inputs that it is calibrated with: what `compile` and `quantize` begin with. Says which preprocessing is
 * in use and where it comes from, always: a wrong one gives wrong classes and no error.
 */

import { preprocessDoubtful } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Tensor } from '../graph/graph.ts';
import { checkInput, type InputCheck, takesRawPixels } from '../input-check/check.ts';
import { isPicture } from '../ir/input-scaling.ts';
import {
  type ChosenPreprocess,
  choosePreprocess,
  type PreprocessChoice,
  preprocessLines,
} from '../pictures/choose-preprocess.ts';
import { isRawArray, listPictures } from '../pictures/folder.ts';
import { pickSamples } from '../pictures/samples.ts';
import { type Inputs, inputsFor } from './inputs.ts';
import { inputSize, loadNetwork, type Network } from './network.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** What commands work with. */
export interface Prepared {
  readonly network: Network;
  readonly inputs: Inputs;
  readonly preprocess: ChosenPreprocess;
}

/** A network without statistics and without names may still show that it takes pixels as they are. */
async function withRawPixels(choice: PreprocessChoice, check: InputCheck): Promise<PreprocessChoice> {
  if (choice.preprocess.from.values !== 'default' || !(await takesRawPixels(check))) return choice;
  const { from } = choice.preprocess;
  return {
    ...choice,
    preprocess: { ...choice.preprocess, mean: [0], std: [1], from: { ...from, values: 'model' } },
    reason: 'its first layer answers to pixels of 0 to 255, and hardly to −1 to 1',
  };
}

/** Says what looks wrong with the inputs, or refuses them with --strict. */
async function reportInput(check: InputCheck, strict: boolean, out: Terminal): Promise<void> {
  const findings = await checkInput(check);
  if (strict && findings.length > 0) throw new SnugError(...findings.map(finding => preprocessDoubtful(finding)));
  for (const { problem, fix } of findings) out.note(`warning: ${problem}; ${fix}`);
}

/**
 * @throws SnugError as `loadNetwork`, `choosePreprocess` and `inputsFor` do; `preprocessDoubtful` with `--strict` where pictures do
 * not reach the network as in training
 */
export async function prepare(settings: Settings, out: Terminal): Promise<Prepared> {
  const paths = settings.images === null ? [] : await listPictures(settings.images);
  const arrays = paths.some(isRawArray);
  const network = await loadNetwork(settings.model, { keepScaling: arrays });
  const { graph, scaling, library, whole } = network;
  for (const note of network.notes) out.note(note);
  const size = inputSize(graph);
  const quantization =
    graph.stage === 'quantized' ? (graph.tensors[graph.input] as Tensor<'quantized'>).quantization : null;
  const facts = { channels: size.channels, scaling, quantization, library };
  const choice = choosePreprocess(settings.preprocess, facts);
  const picture = isPicture(size.channels) && !arrays;
  const check = { graph: whole ?? graph, size, paths: pickSamples(paths, settings.samples) };
  const looked = paths.length > 0 && picture;
  const { preprocess, reason, notes } = looked
    ? await withRawPixels(choice, { ...check, preprocess: choice.preprocess })
    : choice;
  const inputs = await inputsFor(graph, settings, preprocess);
  if (arrays) out.note('preprocessing: none; the samples are arrays, which hold what the network takes');
  else if (picture) {
    for (const line of [...preprocessLines(preprocess, size, reason), ...notes]) out.note(line);
  }
  if (paths.length > 0) await reportInput({ ...check, preprocess }, settings.strict, out);
  return { network, inputs, preprocess };
}
