/**
 * The file that `snug eval --out` writes: what was evaluated, which shard of it this is, and every picture's result. A shard
 * i of n holds the pictures i, i + n, i + 2n, … of the list, so that classes that lie side by side are spread over all.
 */
import { z } from 'zod';
import { evaluationFileInvalid } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { WeightsOrigin } from '../graph/graph.ts';
import { ENGINES, type Engine, type PictureResult } from './evaluation.ts';

/** What all shards of one evaluation have in common. */
export interface EvaluationJob {
  /** Version that compiled the program. */
  readonly snug: string;
  readonly name: string;
  /** SHA-256 of everything that was run; 64 hexadecimal digits in lower case. */
  readonly program: string;
  /** Whether anything was trained: drawn weights are at chance, and are meant to be. */
  readonly weights: WeightsOrigin;
  /** Ways of computing that took part. */
  readonly engines: readonly Engine[];
  /** The board of `--target`, and the machine of QEMU that stood for it. */
  readonly target: { readonly id: string; readonly machine: string } | null;
  /** All pictures of the evaluation, and a SHA-256 of their paths and classes. */
  readonly pictures: { readonly count: number; readonly sha256: string };
}

/** One of `count` parts of the pictures; 0 of 1 is all of them. */
export interface Shard {
  /** From 0 to `count` − 1. */
  readonly index: number;
  readonly count: number;
}

/** An evaluation, or a shard of one, with its pictures. */
export interface EvaluationFile {
  readonly job: EvaluationJob;
  readonly shard: Shard;
  readonly results: readonly PictureResult[];
}

const FORMAT = 'snug-evaluation';
const FORMAT_VERSION = 2;

/** The part of a list that a shard evaluates. */
export function shardOf<T>(list: readonly T[], { index, count }: Shard): readonly T[] {
  return list.filter((_, i) => i % count === index);
}

/** Bytes are the same for the same results; a picture has a line. */
export function evaluationText({ job, shard, results }: EvaluationFile): string {
  const head = JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, ...job, shard });
  const lines = results.map(result => `\n${JSON.stringify(result)}`);
  return `${head.slice(0, -1)},"results":[${lines.join(',')}\n]}\n`;
}

const whole = z.int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const perEngine = <T extends z.ZodType>(value: T): z.ZodObject<Record<Engine, z.ZodNullable<T>>> =>
  z.object({ float: z.nullable(value), int8: z.nullable(value), c: z.nullable(value), target: z.nullable(value) });
const fileSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  snug: z.string(),
  name: z.string(),
  program: hash,
  weights: z.enum(['file', 'seeded']),
  engines: z.array(z.enum(ENGINES)),
  target: z.nullable(z.object({ id: z.string(), machine: z.string() })),
  pictures: z.object({ count: whole, sha256: hash }),
  shard: z.object({ index: whole, count: z.int().positive() }),
  results: z.array(
    z.object({
      path: z.string(),
      label: whole,
      class: whole,
      top5: perEngine(z.array(whole).min(1).max(5)),
      correct: perEngine(z.boolean()),
      differs: z.object({ c: z.nullable(z.boolean()), target: z.nullable(z.boolean()) }),
    }),
  ),
});

/** What does not hold together in a result; null where all does. */
function contradiction(engines: readonly Engine[], { top5, correct, ...result }: PictureResult): string | null {
  for (const engine of ENGINES) {
    const best = top5[engine];
    if ((best !== null) !== engines.includes(engine)) return `${engine} is not as its engines say`;
    if (best !== null && correct[engine] !== (best[0] === result.class)) return `"correct" of ${engine} is wrong`;
  }
  return null;
}

/**
 * Reads such a file back.
 * @param file names it in errors
 * @throws SnugError `evaluationFileInvalid`
 */
export function parseEvaluation(text: string, file: string): EvaluationFile {
  const refuse = (problem: string): never => {
    throw new SnugError(evaluationFileInvalid({ path: file, problem }, { file }));
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('it is not JSON, or only a part of it');
  }
  const { data, error } = fileSchema.safeParse(value);
  if (data === undefined) {
    const { path = [], message = '' } = error?.issues[0] ?? {};
    return refuse(`${path.length === 0 ? 'the whole' : path.join('.')}: ${message}`);
  }
  const { format: _format, version: _version, shard, results, ...job } = data;
  if (shard.index >= shard.count) refuse(`it is shard ${shard.index}/${shard.count}, and shards count from 0`);
  const expected = Math.max(0, Math.ceil((job.pictures.count - shard.index) / shard.count));
  if (results.length !== expected)
    refuse(`it has ${results.length} of the ${expected} pictures of shard ${shard.index}/${shard.count}`);
  for (const result of results) {
    const problem = contradiction(job.engines, result);
    if (problem !== null) refuse(`${result.path}: ${problem}`);
  }
  return { job, shard, results };
}
