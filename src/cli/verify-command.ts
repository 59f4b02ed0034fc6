/** `snug verify DIR`: builds the C for the host and compares every layer with the interpreter. Exit code 1 where they differ. */
import type { Command } from 'commander';
import type { Tensor } from '../graph/graph.ts';
import { mapShape } from '../ir/shape.ts';
import { listPictures } from '../pictures/folder.ts';
import { DEFAULT_PREPROCESS, pixelTable } from '../pictures/preprocess.ts';
import { int8Of, loadSample, pickSamples } from '../pictures/samples.ts';
import { type OutputFolder, readOutputFolder } from '../toolchain/output-folder.ts';
import { type VerifyResult, verifyOnHost } from '../toolchain/verify-host.ts';
import { readTemplates } from './files.ts';
import { addOutputFlags, count, type Flags } from './flags.ts';
import { type Terminal, terminal } from './terminal.ts';

const DEFAULT_VECTORS = 20;

/** The output's own vectors, or pictures where a folder is given. */
async function vectorsOf(output: OutputFolder, flags: Flags): Promise<readonly Int8Array[]> {
  const wanted = flags.samples ?? DEFAULT_VECTORS;
  if (flags.images === undefined) return output.vectors.slice(0, wanted);
  const { shape, quantization } = output.graph.tensors[output.graph.input] as Tensor<'quantized'>;
  const { height, width, channels } = mapShape(shape);
  const preprocess = output.manifest.provenance.preprocess ?? DEFAULT_PREPROCESS;
  const tables = pixelTable(preprocess, channels, quantization);
  const inputs: Int8Array[] = [];
  for (const path of pickSamples(await listPictures(flags.images), wanted)) {
    inputs.push(int8Of(await loadSample(path, { height, width, channels }, preprocess), tables, quantization));
  }
  return inputs;
}

function passed(result: VerifyResult): boolean {
  return result.differingBytes === 0 && result.goldenTests.every(test => test.passed);
}

function summary(output: OutputFolder, result: VerifyResult): string {
  const { firstDifference: first } = result;
  const lines = result.goldenTests.map(test => `golden test, ${test.compiler}: ${test.message}`);
  lines.push(
    `${result.vectors} vectors, ${result.layers} layers each, ${result.comparedBytes} bytes compared under sanitizers: ${result.differingBytes} differ`,
  );
  if (first !== null) {
    lines.push(
      `first difference: layer ${first.layer}, vector ${first.vector}, byte ${first.offset}: expected ${first.expected}, got ${first.actual}`,
    );
  }
  lines.push(passed(result) ? `PASS: ${output.name}` : `FAIL: ${output.name}`);
  return lines.join('\n');
}

async function verifyCommand(folder: string, flags: Flags): Promise<void> {
  const out = terminal(flags);
  const output = await readOutputFolder(folder);
  const inputs = await vectorsOf(output, flags);
  let progress: ReturnType<Terminal['progress']> | null = null;
  const result = await verifyOnHost(output, inputs, await readTemplates(), {
    stage(name) {
      progress?.stop();
      progress = out.progress(name);
    },
    vector: (done, total) => progress?.update(done, total),
  });
  (progress as ReturnType<Terminal['progress']> | null)?.stop();
  const { snug } = output.manifest;
  out.result(summary(output, result), {
    snug,
    command: 'verify',
    name: output.name,
    passed: passed(result),
    ...result,
  });
  if (!passed(result)) process.exitCode = 1;
}

export function addVerifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .argument('<dir>', 'folder that snug compile wrote')
    .description('build the C for this host and compare it with the interpreter, byte for byte')
    .option('--images <folder>', 'compare over these pictures instead of the vectors that the folder carries')
    .option('--samples <n>', 'how many inputs to compare over (20)', count);
  addOutputFlags(command).action((folder: string, flags: Flags) => verifyCommand(folder, flags));
}
