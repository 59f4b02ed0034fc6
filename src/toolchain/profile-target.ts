/**
 * Counts the instructions of one inference in QEMU, in all and layer by layer. The total comes from the program as it is
 * shipped; the layers from one that reads the clock behind each layer, what reading takes being subtracted.
 */
import { instructionsOf } from '../firmware/machines.ts';
import { type BoardBuild, buildSelfTest, runChecked, stackIn } from './board-program.ts';
import { type TracedLayer, tracedLayers } from './compare-vectors.ts';

/** What one layer executes. */
export interface LayerProfile extends TracedLayer {
  readonly instructions: number;
}

/** One inference over the self-test's pattern; the count does not depend on the values. */
export interface TargetProfile {
  readonly instructions: number;
  /** What the network puts on the stack of its caller, measured. */
  readonly stackBytes: number;
  readonly layers: readonly LayerProfile[];
}

/** @throws SnugError as `buildFirmware`, or `programFailed` where the self-test fails */
export async function profileOnTarget(
  options: BoardBuild,
  progress: { stage(name: string): void },
): Promise<TargetProfile> {
  const machine = options.board.machine!;
  progress.stage('count the whole inference');
  const plain = await runChecked(options, await buildSelfTest(options, false), true);
  progress.stage('count every layer');
  const traced = await runChecked(options, await buildSelfTest(options, true), true);
  const ticks = new Map(
    [...traced.console.matchAll(/^layer (\d+) \S* (\d+)$/gm)].map(([, layer, count]) => [Number(layer), Number(count)]),
  );
  return {
    instructions: instructionsOf(machine, Number(/^ticks (\d+)$/m.exec(plain.console)?.[1])),
    stackBytes: stackIn(plain.console),
    layers: tracedLayers(options.output).map(layer => ({
      ...layer,
      instructions: instructionsOf(machine, ticks.get(layer.number)!),
    })),
  };
}
