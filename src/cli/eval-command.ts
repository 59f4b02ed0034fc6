/** `snug eval DIR`: top-1 and top-5 of the compiled C over labelled pictures, beside float and the int8 interpreter. */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { badUsage, outputNotWritable } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { checkPlace, makeFolder, notWritable, writeOutputFile } from '../disk/writable.ts';
import { mapShape } from '../ir/shape.ts';
import { preprocessLines } from '../pictures/choose-preprocess.ts';
import { type EvaluationFile, type EvaluationJob, evaluationText, shardOf } from '../report/evaluation-file.ts';
import { buildBoardRunner } from '../toolchain/board-program.ts';
import { buildRunner, type Runner, requirePortableKernels, withBuildFolder } from '../toolchain/host-program.ts';
import { type OutputFolder, readOutputFolder } from '../toolchain/output-folder.ts';
import { requireTool } from '../toolchain/run.ts';
import { boardJob } from './board-build.ts';
import { picturesDigest, programDigest } from './eval/digest.ts';
import { addEvalFlags, commonFlags, type EvalFlags } from './eval/flags.ts';
import { floatNetwork } from './eval/float-network.ts';
import { addMergeCommand } from './eval/merge-command.ts';
import { choosePictures } from './eval/pictures.ts';
import { enginesOf, type Runs, runPictures } from './eval/run.ts';
import { printEvaluation } from './eval/summary.ts';
import { readTemplates } from './files.ts';
import { inputSize } from './network.ts';
import { terminal } from './terminal.ts';

/** Refuses, before any work is done, a place for the results that is missing or cannot be written. */
async function checkOut({ out, shard }: EvalFlags): Promise<void> {
  if (out === undefined) {
    if (shard === undefined) return;
    const fix = 'name a file for its results with --out FILE.json; snug eval merge puts all of them together';
    throw new SnugError(badUsage({ problem: '--shard evaluates a part of the pictures and needs --out', fix }));
  }
  const isFolder = await stat(out).then(
    info => info.isDirectory(),
    () => false,
  );
  if (isFolder) throw new SnugError(outputNotWritable({ path: out, reason: 'it is a folder' }, { file: out }));
  await checkPlace(out);
}

/** Refuses flags that leave nothing to run, or nothing to compare with. */
function checkEngines({ c, reference, target }: EvalFlags): void {
  if (c) return;
  const fix = 'leave --no-c out';
  if (!reference) throw new SnugError(badUsage({ problem: '--no-c and --no-reference leave nothing to run', fix }));
  if (target !== undefined) {
    throw new SnugError(
      badUsage({ problem: '--target compares with the C on this host, which --no-c leaves out', fix }),
    );
  }
}

/** The C on the core of `--target`, and what the results say of it. */
interface OnTarget {
  readonly runner: Runner;
  readonly facts: NonNullable<EvaluationJob['target']>;
}

async function buildForTarget(folder: string, flags: EvalFlags, buildFolder: string): Promise<OnTarget | null> {
  if (flags.target === undefined) return null;
  const { found, simulated } = await boardJob(folder, commonFlags(flags), buildFolder);
  const options = await simulated();
  const runner = await buildBoardRunner(options, false);
  return { runner, facts: { id: found.target.id, machine: options.board.target.name } };
}

/** The programs, built in a folder that `work` may use; none with --no-c. */
async function withPrograms<T>(
  output: OutputFolder,
  flags: EvalFlags,
  work: (host: Runner | null, target: OnTarget | null) => Promise<T>,
): Promise<T> {
  if (!flags.c) return work(null, null);
  await requireTool('gcc', 'leave the compiled C out with --no-c');
  return withBuildFolder(async boardFolder =>
    withBuildFolder(async buildFolder => {
      const options = { compiler: 'gcc', sanitize: false, trace: false, buildFolder } as const;
      const host = await buildRunner(output, await readTemplates(), options);
      return work(host, await buildForTarget(output.path, flags, boardFolder));
    }),
  );
}

async function evalCommand(folder: string, flags: EvalFlags): Promise<void> {
  const out = terminal(flags);
  await checkOut(flags);
  checkEngines(flags);
  const output = await readOutputFolder(folder);
  if (flags.c) requirePortableKernels(output);
  const { graph, manifest } = output;
  const count = mapShape(graph.tensors[graph.output]!.shape).channels;
  const offset = flags.labelOffset ?? manifest.provenance.labelOffset;
  const pictures = await choosePictures(flags, { count, offset }, out);
  const { preprocess } = manifest.provenance;
  for (const line of preprocess === null ? [] : preprocessLines(preprocess, inputSize(graph))) out.note(line);
  const float = await floatNetwork(output, flags, out);
  const program = await programDigest(output);
  const shard = flags.shard ?? { index: 0, count: 1 };

  const evaluated = await withPrograms(output, flags, async (host, target): Promise<EvaluationFile> => {
    const runs: Runs = { output, float, int8: flags.reference, host, target: target?.runner ?? null };
    const references = [...(float === null ? [] : ['float']), ...(flags.reference ? ['int8 interpreter'] : [])];
    const title = [
      ...references,
      ...(host === null ? [] : ['compiled C']),
      ...(target === null ? [] : [target.facts.machine]),
    ].join(', ');
    const progress = out.progress(title);
    const results = await runPictures(runs, shardOf(pictures, shard), progress.update);
    progress.stop();
    const paths = pictures.map(({ name, class: right }) => ({ path: name, class: right }));
    const job = {
      ...{
        snug: manifest.snug,
        name: output.name,
        program,
        weights: graph.weights,
        engines: enginesOf(runs),
        target: target?.facts ?? null,
      },
      pictures: { count: pictures.length, sha256: picturesDigest(paths) },
    };
    return { job, shard, results };
  });
  if (flags.out !== undefined) {
    const file = flags.out;
    await makeFolder(dirname(resolve(file))).catch((error: unknown) => {
      throw notWritable(file, error);
    });
    await writeOutputFile(flags.out, evaluationText(evaluated));
  }
  printEvaluation(evaluated, out);
}

export function addEvalCommand(program: Command): void {
  const command = program
    .command('eval')
    .argument('<dir>', 'folder that snug compile wrote')
    .description('accuracy of the compiled C over labelled pictures, beside float and the int8 interpreter')
    // What follows `merge` is merge's own, flags with the same names included.
    .enablePositionalOptions();
  addEvalFlags(command).action((folder: string, flags: EvalFlags) => evalCommand(folder, flags));
  addMergeCommand(command);
}
