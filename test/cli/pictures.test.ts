/** Calibration with pictures and trained weights: what changes, and what the number of workers does not change. */
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePictures } from '../support/pictures.ts';
import { execute, type Finished, filesIn, jsonOf, newFolder, ROOT, snug, TINY, testFolder } from '../support/snug.ts';
import { stateDictFile, stateDictOf } from '../support/state-dict.ts';

let cwd: string;
let compiled: Finished;
const args = (out: string): readonly string[] => [
  ...['compile', ...TINY, '--weights', 'weights.safetensors', '--images', 'pictures'],
  ...['--calibration', 'percentile', '--out', out, '--json'],
];

beforeAll(async () => {
  cwd = await newFolder();
  await writeFile(
    join(cwd, 'weights.safetensors'),
    stateDictFile(stateDictOf({ width: 0.1, resolution: 32, classes: 5 })),
  );
  const names = Array.from({ length: 23 }, (_, i) => `picture-${String(i).padStart(2, '0')}.png`);
  await writePictures(join(cwd, 'pictures'), names);
  compiled = await snug(args('out'), { cwd });
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

test('the report and the manifest say what the program was made from', async () => {
  expect(compiled.exitCode).toBe(0);
  expect(jsonOf(compiled)).toMatchObject({ model: { weights: 'file', calibrationInputs: 'pictures', width: 0.1 } });
  const files = await filesIn(join(cwd, 'out'));
  expect(files.get('tiny.h')!.toString()).not.toContain('SEEDED');
  expect(JSON.parse(files.get('manifest.json')!.toString())).toMatchObject({
    provenance: {
      weights: { file: 'weights.safetensors', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      calibration: { recipe: { calibration: { kind: 'percentile' } }, samples: 23, inputs: 'pictures' },
    },
  });
  expect(files.get('test/vectors.bin')!.length).toBe(20 * 32 * 32 * 3);
  for (const [path, data] of files) expect(data.includes(cwd), path).toBe(false);
});

// Where the operating system can pin a process to one core, Node sees one core and starts no workers.
const canPin = process.platform === 'linux' && availableParallelism() > 1;
if (!canPin) console.warn('one core, or no taskset: the number of workers is not varied');

test.runIf(canPin)('one core gives the bytes that several workers give', async () => {
  const pinned = ['-c', '0', process.execPath, join(ROOT, 'dist/cli/main.js'), ...args('pinned')];
  const single = await execute('taskset', pinned, { cwd });
  expect(single.stderr).toContain('calibrate: 23');
  expect(single.stdout).toBe(compiled.stdout);
  const [one, several] = [await filesIn(join(cwd, 'pinned')), await filesIn(join(cwd, 'out'))];
  expect([...one.keys()]).toEqual([...several.keys()]);
  for (const [path, data] of several) expect(one.get(path)!.equals(data), path).toBe(true);
});

test('--samples picks pictures evenly, and fewer pictures give other ranges', async () => {
  const result = await snug([...args('few'), '--samples', '3'], { cwd });
  expect(result.exitCode).toBe(0);
  const files = await filesIn(join(cwd, 'few'));
  expect(files.get('test/vectors.bin')!.length).toBe(3 * 32 * 32 * 3);
  expect(files.get('tiny_weights.c')!.equals((await filesIn(join(cwd, 'out'))).get('tiny_weights.c')!)).toBe(false);
});

test('arrays that are already preprocessed stand in for pictures', async () => {
  const folder = await testFolder();
  await writePictures(join(folder, 'arrays'), ['a.png']);
  const values = Float32Array.from({ length: 32 * 32 * 3 }, (_, i) => ((i % 41) - 20) / 10);
  await writeFile(join(folder, 'arrays/b.f32'), new Uint8Array(values.buffer));
  const result = await snug(['compile', ...TINY, '--images', 'arrays', '--out', 'out', '--json'], { cwd: folder });
  expect(result.exitCode).toBe(0);
  const header = (await filesIn(join(folder, 'out'))).get('tiny.h')!.toString();
  // The range of an array is what calibration finds, here wider than the pixels' [−1, 1]: no table can map pixels to it.
  expect(header).not.toContain('quantize_rgb888');
});
