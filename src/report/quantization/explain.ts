/**
 * The whole account of a quantization: figures for people and machines, and what the page draws. It runs both networks over
 * the inputs given, several times, which takes seconds for small networks and a minute for large ones.
 */
import type { Graph, Node } from '../../graph/graph.ts';
import { inputShapes, tensorOf } from '../../graph/graph.ts';
import { layerSensitivity } from '../../interpreter/sensitivity.ts';
import { floatOperator } from '../../ops/index.ts';
import { type Judged, ladderOf } from './ladder.ts';
import { activationOf, coveredBy, executedNodes, layerCosts } from './layers.ts';
import { type Measurement, measure } from './measure.ts';
import { channelsOf, type LayerPicture, pictureBins } from './pictures.ts';
import type { QuantizationReport } from './types.ts';

/** What is explained, and what the report says of where it came from. */
export interface ExplainRequest extends Judged {
  readonly name: string;
  /** Of snug. */
  readonly version: string;
  readonly calibration: QuantizationReport['calibration'];
  /** Called as the layers are measured one by one, which takes most of the time. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Figures and pictures of one quantization. */
export interface Explanation {
  readonly report: QuantizationReport;
  /** In dB by tensor id, as `layerSqnr` gives it. */
  readonly sqnr: readonly number[];
  /** In the order of the report's layers. */
  readonly pictures: readonly LayerPicture[];
}

/** A sensitivity takes half a run of the network for every layer and input. */
const SENSITIVITY_INPUTS = { most: 4, least: 2 };
/** Work of a network from which on the least has to do. */
const LARGE_MACS = 100e6;

function macsOf(graph: Graph<'folded'>): number {
  return graph.nodes.reduce((sum, node) => {
    const { shape } = tensorOf(graph, node.output);
    return sum + floatOperator(node.kind).macs(node.attributes as never, inputShapes(graph, node), shape);
  }, 0);
}

function picturesOf(request: ExplainRequest, measured: Measurement): readonly LayerPicture[] {
  const { network, final } = request;
  return executedNodes(network.float).map(([step, node]) => {
    const before = network.original.float.nodes[step] as Node<'folded'>;
    const covered = coveredBy(final.tensors[node.output]!.quantization);
    return {
      activation: pictureBins(activationOf(request, measured, node.output), covered),
      channels: channelsOf(before, node, final.nodes[step]!),
    };
  });
}

/** @param request at least one input */
export function explainQuantization(request: ExplainRequest): Explanation {
  const { network, final, recipe, inputs, name, version, calibration, onProgress } = request;
  const { float } = network;
  const measured = measure(float, final, inputs);
  const ladder = ladderOf(request, measured);
  const { most, least } = SENSITIVITY_INPUTS;
  const chosen = inputs.slice(0, macsOf(float) > LARGE_MACS ? least : most);
  const reals = chosen.map(({ real }) => real);
  // An empirical correction makes up for other layers too, which are float here.
  const sensitivity = layerSensitivity(float, network.quantized, reals, onProgress);
  const { sqnrDb, agreement } = ladder.at(-1)!;
  const report: QuantizationReport = {
    snug: version,
    command: 'quantize',
    name,
    weights: float.weights,
    recipe,
    calibration,
    measured: { inputs: inputs.length, sensitivityInputs: reals.length },
    output: { sqnrDb, agreement },
    ladder,
    layers: layerCosts(request, measured, sensitivity),
  };
  return { report, sqnr: measured.sqnr, pictures: picturesOf(request, measured) };
}
