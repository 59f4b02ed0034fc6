/** Counts over pictures, the file that holds them, and shards of it put together again. */
import { describe, expect, test } from 'vitest';
import { SnugError } from '../../src/diagnostics/diagnostic.ts';
import { seededRandom } from '../../src/numerics/random.ts';
import { type Engine, evaluationOf, outputsAgree, type PictureResult } from '../../src/report/evaluation.ts';
import {
  type EvaluationFile,
  type EvaluationJob,
  evaluationText,
  parseEvaluation,
  type Shard,
  shardOf,
} from '../../src/report/evaluation-file.ts';
import { mergeEvaluations, type NamedShard } from '../../src/report/merge-evaluations.ts';

const ALL: readonly Engine[] = ['float', 'int8', 'c', 'target'];

function picture(path: string, right: number, best: Partial<Record<Engine, number>>, differs = false): PictureResult {
  const of = <T>(value: (first: number) => T) => {
    const each = (first: number | undefined): T | null => (first === undefined ? null : value(first));
    return { float: each(best.float), int8: each(best.int8), c: each(best.c), target: each(best.target) };
  };
  return {
    ...{ path, label: right, class: right },
    top5: of(first => [first, first + 1]),
    correct: of(first => first === right),
    differs: { c: best.int8 === undefined ? null : differs, target: best.target === undefined ? null : differs },
  };
}

const job = (count: number, more: Partial<EvaluationJob> = {}): EvaluationJob => ({
  ...{ snug: '0.1.0', name: 'net', program: 'a'.repeat(64), engines: ['float', 'int8', 'c'], target: null },
  weights: 'file',
  pictures: { count, sha256: 'b'.repeat(64) },
  ...more,
});

const pictures = (count: number): readonly PictureResult[] =>
  Array.from({ length: count }, (_, i) => picture(`${i}.png`, i % 7, { float: i % 5, int8: i % 6, c: i % 6 }));

const thrown = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof SnugError) return error.message;
    throw error;
  }
  return 'nothing';
};

describe('counts', () => {
  test('of every way of computing, and of each against float', () => {
    const results = [
      picture('a', 1, { float: 1, int8: 1, c: 1, target: 1 }),
      picture('b', 1, { float: 1, int8: 0, c: 0, target: 0 }),
      picture('c', 1, { float: 2, int8: 2, c: 1, target: 1 }, true),
    ];
    const evaluation = evaluationOf(ALL, results);
    expect(evaluation).toMatchObject({
      images: 3,
      top1: { float: 2, int8: 1, c: 2, target: 2 },
      top5: { float: 2, int8: 2, c: 3, target: 3 },
      flips: { lost: 1, gained: 1 },
      mcnemar: { p: 1, lost: 1, gained: 1 },
      paired: {
        int8: { agreement: 2, mcnemar: { lost: 1, gained: 0 } },
        c: { agreement: 1 },
        target: { agreement: 1 },
      },
      differingOutputs: 1,
      differingOnTarget: 1,
    });
    expect(outputsAgree(evaluation)).toBe(false);
  });

  test('are null where something did not run', () => {
    const evaluation = evaluationOf(['c'], [picture('a', 1, { c: 1 })]);
    expect(evaluation).toEqual({
      images: 1,
      top1: { float: null, int8: null, c: 1, target: null },
      top5: { float: null, int8: null, c: 1, target: null },
      ...{ flips: null, mcnemar: null, paired: { int8: null, c: null, target: null } },
      ...{ differingOutputs: null, differingOnTarget: null },
      chance: { engine: 'c', expectedTop1: 1, p: 1, atChance: false },
    });
    expect(outputsAgree(evaluation)).toBe(true);
  });

  test('of no pictures are 0 and not unknown', () => {
    expect(evaluationOf(['int8', 'c'], [])).toMatchObject({ images: 0, top1: { float: null, int8: 0, c: 0 } });
  });
});

describe('the file', () => {
  const file: EvaluationFile = { job: job(3), shard: { index: 0, count: 1 }, results: pictures(3) };
  const text = evaluationText(file);
  const problemOf = (changed: string): string => thrown(() => parseEvaluation(changed, 'x.json'));

  test('reads back as it was, with a line for each picture', () => {
    expect(parseEvaluation(text, 'x.json')).toEqual(file);
    expect(text.split('\n')).toHaveLength(1 + 3 + 1 + 1);
    expect(JSON.parse(text)).toMatchObject({ format: 'snug-evaluation', version: 2 });
    const empty = { ...file, job: job(0), results: [] };
    expect(parseEvaluation(evaluationText(empty), 'x.json')).toEqual(empty);
  });

  test('is refused where it is damaged', () => {
    expect(problemOf(text.slice(0, -20))).toMatch(/^SNUG140: x\.json .*not JSON, or only a part of it/);
    expect(problemOf('[]')).toContain('SNUG140');
    expect(problemOf('{}')).toContain('format');
    expect(problemOf(text.replace('"version":2', '"version":1'))).toContain('version');
    expect(problemOf(text.replace('"index":0', '"index":1'))).toContain('shards count from 0');
    expect(problemOf(text.replace('"count":3', '"count":4'))).toContain('it has 3 of the 4 pictures of shard 0/1');
    expect(problemOf(text.replace('"count":3', '"count":4e15'))).toContain('SNUG140');
    expect(problemOf(text.replace('"float":true', '"float":false'))).toContain('0.png: "correct" of float is wrong');
    expect(problemOf(text.replace('"float":[0,1]', '"float":null'))).toContain('float is not as its engines say');
    expect(problemOf(text.replace('"class":0', '"class":-1'))).toContain('results.0.class');
  });

  test('is refused, or read, whatever byte is changed or missing', () => {
    const random = seededRandom(1);
    const at = (): number => Math.floor(text.length * random.uniform());
    for (let i = 0; i < 200; i += 1) {
      expect(problemOf(text.slice(0, at()))).toContain('SNUG140');
      const place = at();
      const byte = String.fromCharCode(32 + Math.floor(95 * random.uniform()));
      expect(problemOf(text.slice(0, place) + byte + text.slice(place + 1))).toMatch(/^(SNUG140|nothing)/);
    }
  });
});

describe('shards', () => {
  const whole: EvaluationFile = { job: job(20), shard: { index: 0, count: 1 }, results: pictures(20) };
  const part = (index: number, count: number, more: Partial<NamedShard> = {}): NamedShard => {
    const shard: Shard = { index, count };
    return { file: `${index}.json`, job: whole.job, shard, results: shardOf(whole.results, shard), ...more };
  };
  const problemOf = (...shards: readonly NamedShard[]): string => thrown(() => mergeEvaluations(shards));

  test.each([1, 2, 3, 7, 20, 23])('%i of them are the whole, in any order', count => {
    const shards = Array.from({ length: count }, (_, i) => part(count - 1 - i, count));
    expect(evaluationText(mergeEvaluations(shards))).toBe(evaluationText(whole));
    const sizes = shards.map(({ results }) => results.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test('that are missing are named', () => {
    expect(problemOf(part(1, 4), part(3, 4))).toMatch(/^SNUG142: 2 of the shards are missing: 0\/4, 2\/4$/);
    expect(problemOf(part(0, 2))).toContain('1 of the shards is missing: 1/2');
    const many = problemOf({ ...part(0, 23), shard: { index: 0, count: 900_000_000 } });
    expect(many).toMatch(/^SNUG142: 899999999 of the shards are missing: (\d+\/900000000, ){20}…$/);
  });

  test('that do not belong together are refused', () => {
    const other = (more: Partial<EvaluationJob>): string =>
      problemOf(part(0, 2), part(1, 2, { job: { ...whole.job, ...more } }));
    expect(other({ program: 'c'.repeat(64) })).toBe(
      'SNUG141: 0.json and 1.json do not belong together: they are of different programs',
    );
    expect(other({ name: 'other' })).toContain('different programs');
    expect(other({ pictures: { count: 20, sha256: 'd'.repeat(64) } })).toContain('different pictures or labels');
    expect(other({ engines: ['int8', 'c'] })).toContain('one ran float, int8, c, and the other int8, c');
    expect(other({ target: { id: 'a', machine: 'b' } })).toContain('different boards');
    expect(other({ snug: '9.9.9' })).toContain('different versions');
    expect(problemOf(part(0, 2), part(1, 3))).toContain('one is of 2 shards, and the other of 3');
    expect(problemOf(part(0, 2), part(0, 2, { file: 'copy.json' }))).toBe(
      'SNUG141: 0.json and copy.json do not belong together: both are shard 0/2',
    );
    expect(problemOf(part(0, 2), part(1, 2, { results: part(0, 2).results }))).toContain('both have the picture 0.png');
  });
});
