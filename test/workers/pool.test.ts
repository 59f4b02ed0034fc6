/** The built pool with real threads, against the same tasks in place. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mobilenetV2 } from '../../src/models/mobilenet-v2.ts';
import { seededParameters } from '../../src/models/parameter-source.ts';
import { foldGraph } from '../../src/passes/index.ts';
import { StatisticsCollector } from '../../src/passes/statistics/statistics.ts';
import { DEFAULT_PREPROCESS } from '../../src/pictures/preprocess.ts';
import type * as Pool from '../../src/workers/pool.ts';
import { overPictures } from '../../src/workers/pool.ts';
import { evaluateChunk, type JobContext } from '../../src/workers/tasks.ts';
import { writePictures } from '../support/pictures.ts';
import { quantizePlainly } from '../support/plain-networks.ts';
import { newFolder, ROOT } from '../support/snug.ts';

const float = mobilenetV2({ width: 0.1, resolution: 32, classes: 4, blocks: [[1, 8, 1, 2]] }, seededParameters(3));
const context: JobContext = {
  size: { height: 32, width: 32, channels: 3 },
  preprocess: DEFAULT_PREPROCESS,
  float: foldGraph(float, { softmax: false }),
  quantized: quantizePlainly(float),
  needs: { histograms: true, channels: true, moments: 'products' },
  runInt8: true,
};

let folder: string;
let paths: readonly string[];
let pool: typeof Pool;

beforeAll(async () => {
  folder = await newFolder();
  const names = Array.from({ length: 23 }, (_, i) => `p${String(i).padStart(2, '0')}.png`);
  await writePictures(folder, names);
  paths = names.map(name => join(folder, name));
  pool = await import(pathToFileURL(join(ROOT, 'dist/workers/pool.js')).href);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

if (availableParallelism() < 2) console.warn('one core: the pool works in place and starts no threads');

describe('results', () => {
  test('come in the order of the pictures, the same as in place', async () => {
    const done: number[] = [];
    const threaded = await pool.overPictures('evaluateChunk', context, paths, (count, total) => {
      expect(total).toBe(23);
      done.push(count);
    });
    expect(done).toHaveLength(5);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(23);
    expect(threaded.map(part => part.length)).toEqual([5, 5, 5, 5, 3]);
    expect(threaded.flat()).toEqual(await evaluateChunk(context, paths));
    const classes = new Set(threaded.flat().map(({ int8 }) => int8!.join()));
    expect(classes.size).toBeGreaterThan(1);
  });

  test('of calibration add up to the same statistics, however they are shared out', async () => {
    const sum = async (parts: typeof overPictures): Promise<string> => {
      const collector = new StatisticsCollector(context.float!, context.needs!);
      for (const part of await parts('gatherChunk', context, paths, () => undefined)) collector.add(part);
      // Histograms are long: comparing their bytes is a thousand times faster than comparing their elements.
      return createHash('sha256').update(serialize(collector.result())).digest('hex');
    };
    const threaded = await sum(pool.overPictures);
    expect(threaded).toBe(await sum(overPictures));
    expect(threaded).toBe(await sum(pool.overPictures));
    expect(threaded).not.toBe(await sum((task, job, some, done) => overPictures(task, job, some.slice(1), done)));
  });

  test('of one chunk need no threads', async () => {
    const one = await pool.overPictures('evaluateChunk', context, paths.slice(0, 3), () => undefined);
    expect(one).toEqual([await evaluateChunk(context, paths.slice(0, 3))]);
    expect(await pool.overPictures('evaluateChunk', context, [], () => undefined)).toEqual([]);
  });
});

describe('errors', () => {
  test('in a thread arrive as the diagnostic of the first picture that fails', async () => {
    await mkdir(join(folder, 'bad'));
    const bad = [13, 21].map(i => join(folder, 'bad', `${i}.png`));
    for (const path of bad) await writeFile(path, 'no picture');
    const mixed = paths.map((path, i) => (i === 13 ? bad[0]! : i === 21 ? bad[1]! : path));
    const { SnugError } = await import(pathToFileURL(join(ROOT, 'dist/diagnostics/diagnostic.js')).href);
    for (const task of ['evaluateChunk', 'gatherChunk'] as const) {
      const error: unknown = await pool.overPictures(task, context, mixed, () => undefined).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(SnugError);
      expect(error).toMatchObject({ diagnostics: [{ code: 'SNUG121', severity: 'usage', origin: { file: bad[0] } }] });
    }
  });

  test('that are no diagnostics arrive as they are', async () => {
    const wrong: JobContext = { ...context, float: null };
    await expect(pool.overPictures('gatherChunk', wrong, paths, () => undefined)).rejects.toThrow(/tensors/);
    await expect(overPictures('gatherChunk', wrong, paths, () => undefined)).rejects.toThrow(TypeError);
  });
});
