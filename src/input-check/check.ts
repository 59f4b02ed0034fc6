/**
 * Whether pictures reach a network as those of its training did. Nothing fails where they do not: the network computes, the C
 * equals the interpreter, and the classes are wrong.
 */
import type { Graph, Tensor } from '../graph/graph.ts';
import { rangeText } from '../pictures/choose-preprocess.ts';
import type { InputSize } from '../pictures/decode.ts';
import { isRawArray } from '../pictures/folder.ts';
import { type Preprocess, pixelRange } from '../pictures/preprocess.ts';
import { inputCoding, int8Of, loadSample, pickSamples, realOf, type Sample } from '../pictures/samples.ts';
import { type Alternative, otherFramings, otherValues } from './alternatives.ts';
import { distanceOf, type Probe, probeOf } from './probe.ts';
import { responseOf } from './response.ts';

/** What looks wrong, and what to change; sentences without a full stop. */
export interface InputFinding {
  readonly problem: string;
  readonly fix: string;
}

/** What is looked at. */
export interface InputCheck {
  /** With every layer of the file, those included that scale the input; or a network that came quantized. */
  readonly graph: Graph<'float'> | Graph<'quantized'>;
  readonly preprocess: Preprocess;
  readonly size: InputSize;
  /** Of pictures or arrays. */
  readonly paths: readonly string[];
}

/** Inputs that are looked at: the distances of a few pictures and of a hundred are much alike. */
const INPUTS = 8;
/** Below this distance pictures are like those of training, whatever else would be as near. */
const NEAR = 0.17;
/** Beyond this one they are not, whatever else would be as far. */
const FAR = 0.5;
/** By how much another way must be nearer: pictures of another kind shift all distances alike. */
const NEARER = 1.35;
/** Ways that are looked at closely, after a look at all of them in the first layer. */
const SHORT_LIST = 3;
/** Standard deviations of the output of trained first layers lie between; those seen were 0.3 to 2. */
const WEAKEST = 0.05;
const STRONGEST = 20;
/** Part of the input's range that pictures must fill. */
const LEAST_SPAN = 0.1;

async function* samplesOf({ size, paths }: InputCheck, preprocess: Preprocess): AsyncGenerator<Sample> {
  for (const path of pickSamples(paths, INPUTS)) yield await loadSample(path, size, preprocess);
}

/** The inputs as the network of the file takes them, before it scales them itself. */
async function* inputsOf(check: InputCheck, preprocess: Preprocess): AsyncGenerator<Float32Array> {
  const outside = { ...preprocess, inside: null };
  for await (const sample of samplesOf(check, outside)) yield realOf(sample, outside, check.size.channels);
}

interface Measured {
  readonly alternative: Alternative;
  readonly distance: number;
}

async function measure(probe: Probe, check: InputCheck, all: readonly Alternative[]): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const alternative of all) {
    measured.push({ alternative, distance: await distanceOf(probe, inputsOf(check, alternative.preprocess)) });
  }
  return measured.sort((a, b) => a.distance - b.distance);
}

/** The usual way that fits best. */
async function nearest(probe: Probe, check: InputCheck): Promise<Measured | null> {
  const first = { graph: probe.graph, norms: probe.norms.slice(0, 1) };
  const values = await measure(first, check, otherValues(check.preprocess, check.size.channels));
  const short = values.slice(0, SHORT_LIST).map(({ alternative }) => alternative);
  const [best] = await measure(probe, check, [...short, ...otherFramings(check.preprocess)]);
  return best ?? null;
}

const two = (value: number): string => value.toFixed(2);

/** Arrays hold what the network takes: no flag changes them. */
const holdsArrays = ({ paths }: InputCheck): boolean => paths.some(isRawArray);
const FIX_ARRAYS = 'write the arrays with the scaling of training';

async function againstTraining(probe: Probe, check: InputCheck): Promise<InputFinding | null> {
  const distance = await distanceOf(probe, inputsOf(check, check.preprocess));
  if (distance < NEAR) return null;
  const best = holdsArrays(check) ? null : await nearest(probe, check);
  const seen = `the BatchNorms of the network saw other numbers in training than these pictures give (distance ${two(distance)}; up to ${NEAR} is usual)`;
  if (best !== null && distance > NEARER * best.distance) {
    const { title, flags } = best.alternative;
    return {
      problem: `${seen}; ${title} would be at ${two(best.distance)}`,
      fix: `give ${flags} if the network was trained so`,
    };
  }
  if (distance < FAR) return null;
  if (holdsArrays(check)) return { problem: seen, fix: FIX_ARRAYS };
  return {
    problem: `${seen}, and none of the usual ways fits better`,
    fix: 'give the mean and the deviation of training with --mean and --std, in pixel values 0 to 255, and pictures of the kind that it was trained with',
  };
}

/** The first of the usual ways after which the first layer answers as trained ones do. */
async function answering(graph: Graph<'float'>, check: InputCheck): Promise<Alternative | null> {
  for (const alternative of otherValues(check.preprocess, check.size.channels)) {
    const response = await responseOf(graph, inputsOf(check, alternative.preprocess));
    if (response !== null && response >= WEAKEST && response <= STRONGEST) return alternative;
  }
  return null;
}

async function byResponse(graph: Graph<'float'>, check: InputCheck): Promise<InputFinding | null> {
  const response = await responseOf(graph, inputsOf(check, check.preprocess));
  if (response === null || (response >= WEAKEST && response <= STRONGEST)) return null;
  const how = response < WEAKEST ? 'hardly' : 'far too strongly';
  const measured = `(a deviation of ${Number(response.toPrecision(2))}; 0.3 to 2 is usual)`;
  if (holdsArrays(check))
    return { problem: `the first layer answers ${how} to the arrays ${measured}`, fix: FIX_ARRAYS };
  const other = await answering(graph, check);
  const range = rangeText(pixelRange({ ...check.preprocess, inside: null }, check.size.channels));
  const problem = `the first layer answers ${how} to pictures as numbers of ${range} ${measured}`;
  return other === null
    ? { problem, fix: 'give the mean and the deviation of training with --mean and --std, in pixel values 0 to 255' }
    : {
        problem: `${problem}; it would answer to ${other.title}`,
        fix: `give ${other.flags} if the network was trained so`,
      };
}

/** Where a network that was exported without statistics takes pixels as they are, though nothing says so. */
export async function takesRawPixels(check: InputCheck): Promise<boolean> {
  if (check.graph.stage !== 'float') return false;
  const graph = check.graph as Graph<'float'>;
  if (probeOf(graph) !== null) return false;
  const response = await responseOf(graph, inputsOf(check, check.preprocess));
  if (response === null || response >= WEAKEST) return false;
  const raw = await responseOf(graph, inputsOf(check, { ...check.preprocess, mean: [0], std: [1] }));
  return raw !== null && raw >= WEAKEST && raw <= STRONGEST;
}

/** Part of the int8 values, or of pixel values, that the inputs use. */
async function spanOf(check: InputCheck): Promise<number> {
  const { graph, preprocess, size } = check;
  const quantization =
    graph.stage === 'quantized' ? (graph.tensors[graph.input] as Tensor<'quantized'>).quantization : null;
  const coding = quantization === null ? null : inputCoding(preprocess, size.channels, quantization);
  let [least, greatest] = [Infinity, -Infinity];
  for await (const sample of samplesOf(check, preprocess)) {
    // Reals without a quantization get a range of their own, which they fill.
    if (coding === null && sample.kind === 'real') return 1;
    const values = coding === null ? (sample as Extract<Sample, { kind: 'pixels' }>).pixels : int8Of(sample, coding);
    for (const value of values) {
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  return (greatest - least) / 255;
}

async function bySpan(check: InputCheck): Promise<InputFinding | null> {
  const span = await spanOf(check);
  if (span >= LEAST_SPAN) return null;
  const part = `${Math.round(span * 255) + 1} of 256 values`;
  return check.graph.stage === 'quantized'
    ? {
        problem: `the inputs become only ${part} of the quantized input: they are scaled twice, or for another range`,
        fix: holdsArrays(check)
          ? FIX_ARRAYS
          : 'give the range that the model was quantized for with --range, or --mean and --std',
      }
    : {
        problem: `the pictures have only ${part} of pixels: they are all dark, or all alike`,
        fix: 'give typical pictures with --images',
      };
}

/**
 * What looks wrong with the way from these pictures to the network; nothing where there is nothing to compare with.
 * @throws SnugError of the first picture that cannot be read
 */
export async function checkInput(check: InputCheck): Promise<readonly InputFinding[]> {
  const findings = [await bySpan(check)];
  const { graph } = check;
  if (graph.stage === 'float' && graph.weights === 'file') {
    const probe = probeOf(graph as Graph<'float'>);
    findings.push(
      probe === null ? await byResponse(graph as Graph<'float'>, check) : await againstTraining(probe, check),
    );
  }
  return findings.filter(finding => finding !== null);
}
