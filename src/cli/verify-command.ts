/** `snug verify DIR`: builds the C for the host and compares every layer with the interpreter. Exit code 1 where they differ. */
import type { Command } from 'commander';
import type { Tensor } from '../graph/graph.ts';
import { mapShape } from '../ir/shape.ts';
import { listPictures } from '../pictures/folder.ts';
import { DEFAULT_PREPROCESS } from '../pictures/preprocess.ts';
import { inputCoding, int8Of, loadSample, pickSamples } from '../pictures/samples.ts';
import type { VerifyProgress, VerifyResult } from '../toolchain/compare-vectors.ts';
import { withBuildFolder } from '../toolchain/host-program.ts';
import { type OutputFolder, readOutputFolder } from '../toolchain/output-folder.ts';
import { verifyOnHost } from '../toolchain/verify-host.ts';
import { verifyOnTarget } from '../toolchain/verify-target.ts';
import { boardJob } from './board-build.ts';
import { readTemplates } from './files.ts';
import { addBoardFlags, addOutputFlags, count, type Flags } from './flags.ts';
import { type Terminal, terminal } from './terminal.ts';

const DEFAULT_VECTORS = 20;

/** The output's own vectors, or pictures where a folder is given. */
async function vectorsOf(output: OutputFolder, flags: Flags): Promise<readonly Int8Array[]> {
  const wanted = flags.samples ?? DEFAULT_VECTORS;
  if (flags.images === undefined) return output.vectors.slice(0, wanted);
  const { shape, quantization } = output.graph.tensors[output.graph.input] as Tensor<'quantized'>;
  const { height, width, channels } = mapShape(shape);
  const preprocess = output.manifest.provenance.preprocess ?? DEFAULT_PREPROCESS;
  const coding = inputCoding(preprocess, channels, quantization);
  const inputs: Int8Array[] = [];
  for (const path of pickSamples(await listPictures(flags.images), wanted)) {
    inputs.push(int8Of(await loadSample(path, { height, width, channels }, preprocess), coding));
  }
  return inputs;
}

function passed(result: VerifyResult): boolean {
  return result.differingBytes === 0 && result.goldenTests.every(test => test.passed);
}

/** @param on the board or machine; null for this host */
function summary(output: OutputFolder, result: VerifyResult, on: string | null): string {
  const { firstDifference: first } = result;
  const lines = result.goldenTests.map(test => `golden test, ${test.compiler}: ${test.message}`);
  lines.push(
    `${result.vectors} vectors, ${result.layers} layers each, ${result.comparedBytes} bytes compared${on === null ? ' under sanitizers' : ''}: ${result.differingBytes} differ`,
  );
  if (first !== null) {
    lines.push(
      `first difference: layer ${first.layer}, vector ${first.vector}, byte ${first.offset}: expected ${first.expected}, got ${first.actual}`,
    );
  }
  lines.push(`${passed(result) ? 'PASS' : 'FAIL'}: ${output.name}${on === null ? '' : ` on ${on}`}`);
  return lines.join('\n');
}

/** Where the network was run: `machine` is null for this host. */
interface Verified {
  readonly result: VerifyResult;
  readonly target: string | null;
  readonly machine: string | null;
}

async function verifyForTarget(
  dir: string,
  flags: Flags,
  inputs: readonly Int8Array[],
  progress: VerifyProgress,
): Promise<Verified> {
  return withBuildFolder(async folder => {
    const { found, simulated } = await boardJob(dir, flags, folder);
    const options = await simulated();
    const result = await verifyOnTarget(options, inputs, progress);
    return { result, target: found.target.id, machine: options.board.target.name };
  });
}

async function verifyCommand(folder: string, flags: Flags): Promise<void> {
  const out = terminal(flags);
  const output = await readOutputFolder(folder);
  const inputs = await vectorsOf(output, flags);
  let progress: ReturnType<Terminal['progress']> | null = null;
  const watch: VerifyProgress = {
    stage(name) {
      progress?.stop();
      progress = out.progress(name);
    },
    vector: (done, total) => progress?.update(done, total),
  };
  const { result, target, machine }: Verified =
    flags.target === undefined
      ? {
          result: await verifyOnHost(output, inputs, await readTemplates(), watch, flags.cmsisNn ?? null),
          target: null,
          machine: null,
        }
      : await verifyForTarget(folder, flags, inputs, watch);
  (progress as ReturnType<Terminal['progress']> | null)?.stop();
  const { snug } = output.manifest;
  out.result(summary(output, result, machine), {
    ...{ snug, command: 'verify', name: output.name, target, machine, passed: passed(result) },
    ...result,
  });
  if (!passed(result)) process.exitCode = 1;
}

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .argument('<dir>', 'folder that snug compile wrote')
    .description(
      'build the C, for this host or for the core of a board, and compare it with the interpreter, byte for byte',
    )
    .option('--images <folder>', 'compare over these pictures instead of the vectors that the folder carries')
    .option('--samples <n>', 'how many inputs to compare over (20)', count);
  addOutputFlags(addBoardFlags(command)).action((folder: string, flags: Flags) => verifyCommand(folder, flags));
}
