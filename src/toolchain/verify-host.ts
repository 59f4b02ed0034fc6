/**
 * Proves that the compiled C is the interpreter: builds with every compiler of the host, warnings as errors; runs the
 * golden test that the output carries; and compares every byte of every layer under the address and undefined-behaviour
 * sanitizers.
 */
import type { TemplateFiles } from '../codegen/templates.ts';
import { buildCmsisNn } from './cmsis-nn.ts';
import { compareVectors, type VerifyProgress, type VerifyResult } from './compare-vectors.ts';
import { hostCompilers } from './host-compiler.ts';
import {
  buildGoldenTest,
  buildRunner,
  requirePortableKernels,
  runGoldenTest,
  withBuildFolder,
} from './host-program.ts';
import type { OutputFolder } from './output-folder.ts';
import { requireTool } from './run.ts';

/**
 * @param inputs quantized inputs to compare over; the golden test uses the output's own besides
 * @param cmsisNn folder of CMSIS-NN, which takes the place of the output's portable kernels; null for those
 */
export async function verifyOnHost(
  output: OutputFolder,
  inputs: readonly Int8Array[],
  templates: TemplateFiles,
  progress: VerifyProgress,
  cmsisNn: string | null,
): Promise<VerifyResult> {
  if (cmsisNn === null) requirePortableKernels(output);
  await requireTool('gcc');
  const compilers = await hostCompilers();
  return withBuildFolder(async buildFolder => {
    if (cmsisNn !== null) progress.stage('build CMSIS-NN');
    // One archive for all compilers. It is built without sanitizers: what it does inside is not the program's fault.
    const library =
      cmsisNn === null ? null : await buildCmsisNn({ path: cmsisNn, compiler: 'gcc', flags: [], buildFolder });
    const goldenTests: VerifyResult['goldenTests'][number][] = [];
    for (const compiler of output.hasGoldenTest ? compilers : []) {
      progress.stage(`golden test with ${compiler}`);
      const program = await buildGoldenTest(output, { compiler, sanitize: false, buildFolder, library });
      goldenTests.push({ compiler, ...(await runGoldenTest(program, buildFolder)) });
    }
    progress.stage('build with sanitizers');
    const build = { compiler: 'gcc', sanitize: true, trace: true, buildFolder, library } as const;
    const runner = await buildRunner(output, templates, build);
    progress.stage('compare every layer');
    return { compilers, goldenTests, ...(await compareVectors(output, runner, inputs, progress)) };
  });
}
