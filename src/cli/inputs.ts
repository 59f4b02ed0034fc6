/**
 * Inputs for calibration and for golden vectors: pictures or arrays of a folder, or, where a network with seeded weights
 * has none, numbers from the same seed.
 */
import type { GoldenInput } from '../compile.ts';
import { samplesMissing } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { Graph } from '../graph/graph.ts';
import { runFloat } from '../interpreter/run-float.ts';
import { type Quantization, quantizeArray } from '../ir/quantization.ts';
import { mapShape } from '../ir/shape.ts';
import { seededRandom } from '../numerics/random.ts';
import type { Range } from '../numerics/statistics.ts';
import { type CalibrationMethod, type Statistics, StatisticsCollector } from '../passes/calibrate.ts';
import type { InputSize } from '../pictures/decode.ts';
import { isRawArray, listPictures } from '../pictures/folder.ts';
import { type Preprocess, pixelTable } from '../pictures/preprocess.ts';
import { int8Of, loadSample, pickSamples, realOf } from '../pictures/samples.ts';
import { type OnProgress, overPictures } from '../workers/pool.ts';
import type { Settings } from './settings.ts';

/** Inputs that golden vectors are made of, and that `verify` compares over. */
const GOLDEN_INPUTS = 20;
const RANDOM_INPUTS = 8;

/** What a network is calibrated with. */
export interface Inputs {
  readonly kind: 'pictures' | 'random';
  /** How many inputs the statistics are gathered from. */
  readonly samples: number;
  /** What preprocessing makes of pixels; null where the inputs are arrays, whose range calibration finds. */
  readonly range: Range | null;
  /** Runs the folded float network over all of them. */
  statistics(graph: Graph<'folded'>, method: CalibrationMethod, onProgress: OnProgress): Promise<Statistics>;
  /** At most 20 of them, real and quantized, in NHWC order. */
  golden(quantization: Quantization): Promise<readonly GoldenInput[]>;
}

/** Size of the input in pixels and channels; a vector counts as one pixel. */
export function inputSize(graph: Graph<'float'>): InputSize {
  const { height, width, channels } = mapShape(graph.tensors[graph.input]!.shape);
  return { height, width, channels };
}

/** The range of (pixel − mean) / std over all channels and pixels 0 to 255. */
function pictureRange({ mean, std }: Preprocess): Range {
  // One mean or deviation may stand for all channels, whichever of the two lists is the longer.
  const edges = (mean.length > std.length ? mean : std).flatMap((_, c) =>
    [0, 255].map(pixel => (pixel - (mean[c] ?? mean[0]!)) / (std[c] ?? std[0]!)),
  );
  return { min: Math.min(...edges), max: Math.max(...edges) };
}

async function pictureInputs(folder: string, settings: Settings, size: InputSize): Promise<Inputs> {
  const { preprocess } = settings;
  const paths = pickSamples(await listPictures(folder), settings.samples);
  return {
    kind: 'pictures',
    samples: paths.length,
    range: paths.some(isRawArray) ? null : pictureRange(preprocess),
    async statistics(graph, method, onProgress) {
      const context = { size, preprocess, float: graph, quantized: null, method, runInt8: false };
      const collector = new StatisticsCollector(graph.tensors.length, method);
      for (const part of await overPictures('gatherChunk', context, paths, onProgress)) collector.add(part);
      return collector.result();
    },
    async golden(quantization) {
      const tables = pixelTable(preprocess, size.channels, quantization);
      const inputs: GoldenInput[] = [];
      for (const path of pickSamples(paths, GOLDEN_INPUTS)) {
        const sample = await loadSample(path, size, preprocess);
        inputs.push({ real: realOf(sample, preprocess, size.channels), int8: int8Of(sample, tables, quantization) });
      }
      return inputs;
    },
  };
}

function randomInputs(settings: Settings, size: InputSize): Inputs {
  const range = pictureRange(settings.preprocess);
  const draw = (seed: number): Float32Array => {
    const random = seededRandom(seed);
    const elements = size.height * size.width * size.channels;
    return Float32Array.from({ length: elements }, () => range.min + random.uniform() * (range.max - range.min));
  };
  const seeds = Array.from({ length: RANDOM_INPUTS }, (_, i) => settings.seed * 1000 + i);
  return {
    kind: 'random',
    samples: RANDOM_INPUTS,
    range,
    async statistics(graph, method, onProgress) {
      const collector = new StatisticsCollector(graph.tensors.length, method);
      seeds.forEach((seed, i) => {
        runFloat(graph, draw(seed), (tensor, data) => collector.observe(tensor, data));
        onProgress(i + 1, seeds.length);
      });
      return collector.result();
    },
    golden: async quantization =>
      seeds.map(seed => {
        const real = draw(seed);
        return { real, int8: quantizeArray(real, quantization) };
      }),
  };
}

/** @throws SnugError where a trained network is given no pictures: ranges of random inputs would ruin it */
export async function inputsFor(graph: Graph<'float'>, settings: Settings): Promise<Inputs> {
  const size = inputSize(graph);
  if (settings.images !== null) return pictureInputs(settings.images, settings, size);
  if (graph.weights === 'file') throw new SnugError(samplesMissing({ purpose: 'calibration of a trained network' }));
  return randomInputs(settings, size);
}
