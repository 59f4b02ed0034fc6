/**
 * Proves that a board computes what the interpreter computes: in QEMU, on a machine with the board's core, the golden test
 * with its checksums of every layer, and then every byte of every layer.
 */
import { type BoardBuild, buildBoardGoldenTest, buildBoardRunner } from './board-program.ts';
import { compareVectors, type VerifyProgress, type VerifyResult } from './compare-vectors.ts';
import { runInQemu } from './qemu.ts';

/** @param inputs quantized inputs to compare over; the golden test uses the output's own besides */
export async function verifyOnTarget(
  options: BoardBuild,
  inputs: readonly Int8Array[],
  progress: VerifyProgress,
): Promise<VerifyResult> {
  const { output, board, folder } = options;
  const { compiler, qemu } = board.target;
  const goldenTests: VerifyResult['goldenTests'][number][] = [];
  if (output.hasGoldenTest) {
    progress.stage(`golden test on ${qemu}`);
    const { elf } = await buildBoardGoldenTest(options);
    const { exitCode, console } = await runInQemu(qemu!, elf, folder, false);
    goldenTests.push({ compiler, passed: exitCode === 0, message: console.trim() });
  }
  progress.stage('build with the trace of every layer');
  const runner = await buildBoardRunner(options, true);
  progress.stage('compare every layer');
  return { compilers: [compiler], goldenTests, ...(await compareVectors(output, runner, inputs, progress)) };
}
