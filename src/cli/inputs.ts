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
import { seededRandom } from '../numerics/random.ts';
import type { Range } from '../numerics/statistics.ts';
import { type Statistics, StatisticsCollector, type StatisticsNeeds } from '../passes/statistics/statistics.ts';
import type { InputSize } from '../pictures/decode.ts';
import { isRawArray, listPictures } from '../pictures/folder.ts';
import { type Preprocess, pixelRange } from '../pictures/preprocess.ts';
import { inputCoding, int8Of, loadSample, pickSamples, realOf } from '../pictures/samples.ts';
import { eachOfPictures, type OnProgress } from '../workers/pool.ts';
import { inputSize } from './network.ts';
import type { Settings } from './settings.ts';

/** Inputs that golden vectors are made of, and that `verify` compares over. */
const GOLDEN_INPUTS = 20;
const RANDOM_INPUTS = 8;
const HELD_OUT = 8;

/** What a network is calibrated with. */
export interface Inputs {
  readonly kind: 'pictures' | 'random';
  /** How many inputs the statistics are gathered from. */
  readonly samples: number;
  /** What preprocessing makes of pixels; null where the inputs are arrays, whose range calibration finds. */
  readonly range: Range | null;
  /** Runs the folded float network over all of them, or over so many that are spread evenly. */
  statistics(
    graph: Graph<'folded'>,
    needs: StatisticsNeeds,
    onProgress: OnProgress,
    samples?: number,
  ): Promise<Statistics>;
  /** At most 20 of them, real and quantized, in NHWC order. */
  golden(quantization: Quantization): Promise<readonly GoldenInput[]>;
  /** At most 8 that are not among them; none where all there are serve calibration. */
  heldOut(): Promise<readonly Float32Array[]>;
}

async function pictureInputs(
  folder: string,
  settings: Settings,
  preprocess: Preprocess,
  size: InputSize,
): Promise<Inputs> {
  const all = await listPictures(folder);
  const paths = pickSamples(all, settings.samples);
  return {
    kind: 'pictures',
    samples: paths.length,
    range: paths.some(isRawArray) ? null : pixelRange(preprocess, size.channels),
    async statistics(graph, needs, onProgress, samples = paths.length) {
      const context = { size, preprocess, float: graph, quantized: null, needs, runInt8: false };
      const collector = new StatisticsCollector(graph, needs);
      await eachOfPictures('gatherChunk', context, pickSamples(paths, samples), onProgress, part =>
        collector.add(part),
      );
      return collector.result();
    },
    async heldOut() {
      const used = new Set(paths);
      const rest = all.filter(path => !used.has(path));
      const load = (path: string): Promise<Float32Array> =>
        loadSample(path, size, preprocess).then(sample => realOf(sample, preprocess, size.channels));
      return Promise.all(pickSamples(rest, HELD_OUT).map(load));
    },
    async golden(quantization) {
      const coding = inputCoding(preprocess, size.channels, quantization);
      const inputs: GoldenInput[] = [];
      for (const path of pickSamples(paths, GOLDEN_INPUTS)) {
        const sample = await loadSample(path, size, preprocess);
        inputs.push({ real: realOf(sample, preprocess, size.channels), int8: int8Of(sample, coding) });
      }
      return inputs;
    },
  };
}

function randomInputs(settings: Settings, preprocess: Preprocess, size: InputSize): Inputs {
  const range = pixelRange(preprocess, size.channels);
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
    async statistics(graph, needs, onProgress, samples = seeds.length) {
      const collector = new StatisticsCollector(graph, needs);
      const chosen = pickSamples(seeds, samples);
      chosen.forEach((seed, i) => {
        runFloat(graph, draw(seed), (tensor, data) => collector.observe(tensor, data));
        onProgress(i + 1, chosen.length);
      });
      return collector.result();
    },
    heldOut: async () => Array.from({ length: HELD_OUT }, (_, i) => draw(settings.seed * 1000 + RANDOM_INPUTS + i)),
    golden: async quantization =>
      seeds.map(seed => {
        const real = draw(seed);
        return { real, int8: quantizeArray(real, quantization) };
      }),
  };
}

/** @throws SnugError where a trained float network is given no pictures: ranges of random inputs would ruin it */
export async function inputsFor(
  graph: Graph<'float'> | Graph<'quantized'>,
  settings: Settings,
  preprocess: Preprocess,
): Promise<Inputs> {
  const size = inputSize(graph);
  if (settings.images !== null) return pictureInputs(settings.images, settings, preprocess, size);
  if (graph.weights === 'file' && graph.stage === 'float')
    throw new SnugError(samplesMissing({ purpose: 'calibration of a trained network' }));
  return randomInputs(settings, preprocess, size);
}
