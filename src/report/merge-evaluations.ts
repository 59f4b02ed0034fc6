/** Puts the shards of one evaluation together, and refuses those that do not belong together. */
import { shardsDiffer, shardsMissing } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import type { EvaluationFile } from './evaluation-file.ts';

/** A shard, and the name of its file for errors. */
export interface NamedShard extends EvaluationFile {
  readonly file: string;
}

/** What two shards differ in that must be the same; null where they belong together. */
function difference(a: NamedShard, b: NamedShard): string | null {
  const same = (first: unknown, second: unknown): boolean => JSON.stringify(first) === JSON.stringify(second);
  if (a.shard.count !== b.shard.count) return `one is of ${a.shard.count} shards, and the other of ${b.shard.count}`;
  if (a.job.name !== b.job.name || a.job.program !== b.job.program) return 'they are of different programs';
  if (!same(a.job.pictures, b.job.pictures)) return 'they are of different pictures or labels';
  if (!same(a.job.engines, b.job.engines))
    return `one ran ${a.job.engines.join(', ')}, and the other ${b.job.engines.join(', ')}`;
  return same(a.job, b.job) ? null : 'they were run on different boards, or compiled by different versions';
}

function refuseDifferent(a: NamedShard, b: NamedShard, problem: string): never {
  throw new SnugError(shardsDiffer({ first: a.file, second: b.file, problem }, { file: b.file }));
}

/**
 * One evaluation out of all of its shards, in any order.
 * @param shards at least one
 * @throws SnugError `shardsDiffer` for shards of another evaluation, a shard or a picture that is there twice;
 *   `shardsMissing` where some are not there
 */
export function mergeEvaluations(shards: readonly NamedShard[]): EvaluationFile {
  const first = shards[0]!;
  const { count } = first.shard;
  const byIndex = new Map<number, NamedShard>();
  const seen = new Map<string, NamedShard>();
  for (const shard of shards) {
    const problem = difference(first, shard);
    if (problem !== null) refuseDifferent(first, shard, problem);
    const { index } = shard.shard;
    const twin = byIndex.get(index);
    if (twin !== undefined) refuseDifferent(twin, shard, `both are shard ${index}/${count}`);
    byIndex.set(index, shard);
    for (const { path } of shard.results) {
      const owner = seen.get(path);
      if (owner !== undefined) refuseDifferent(owner, shard, `both have the picture ${path}`);
      seen.set(path, shard);
    }
  }
  if (byIndex.size < count) {
    // The count comes out of a file: a wrong one must not become a list of its size.
    const missing: string[] = [];
    for (let i = 0; i < count && missing.length < 20; i += 1) if (!byIndex.has(i)) missing.push(`${i}/${count}`);
    throw new SnugError(shardsMissing({ missing, all: count - byIndex.size }, { file: first.file }));
  }
  const results = Array.from(
    { length: first.job.pictures.count },
    (_, i) => byIndex.get(i % count)!.results[Math.floor(i / count)]!,
  );
  return { job: first.job, shard: { index: 0, count: 1 }, results };
}
