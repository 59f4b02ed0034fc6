/** `snug eval DIR`: counts that an independent run of the interpreter gives, and null for what is not known. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInt8 } from '../../src/interpreter/run-int8.ts';
import { argmax } from '../../src/numerics/statistics.ts';
import { DEFAULT_PREPROCESS, pixelTable, toInt8 } from '../../src/pictures/preprocess.ts';
import { readOutputFolder } from '../../src/toolchain/output-folder.ts';
import { editTable } from '../support/emitted.ts';
import { pixelsOf, writePictures } from '../support/pictures.ts';
import { refusals } from '../support/refused.ts';
import { compileInto, type Finished, jsonOf, newFolder, snug, TINY } from '../support/snug.ts';
import { stateDictFile, stateDictOf } from '../support/state-dict.ts';
import { nodeAlone } from '../support/tools.ts';

/** Pictures in folders of classes 0 to 4; picture i is `pixelsOf(i)`. */
const PICTURES = Array.from({ length: 12 }, (_, i) => ({ path: `${i % 5}/p${i}.png`, label: i % 5 }));

let cwd: string;
beforeAll(async () => {
  cwd = await newFolder();
  const paths = PICTURES.map(({ path }) => path);
  await writePictures(join(cwd, 'labelled'), paths);
  await writePictures(join(cwd, 'plain'), ['a.png', 'b.png']);
  await compileInto(cwd, 'out');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const evaluate = (folder: string, ...args: readonly string[]): Promise<Finished> =>
  snug(['eval', folder, '--images', 'labelled', ...args], { cwd });

/** Classes that the interpreter gives to the pictures, out of the folder's own model. */
async function classesOf(folder: string): Promise<readonly number[]> {
  const { graph } = await readOutputFolder(join(cwd, folder));
  const { quantization } = graph.tensors[graph.input]!;
  const tables = pixelTable(DEFAULT_PREPROCESS, 3, quantization);
  return PICTURES.map((_, i) => argmax(runInt8(graph, toInt8(pixelsOf(i), tables))));
}

describe('accuracy', () => {
  test('of float, interpreter and C, with nothing but the object on stdout', async () => {
    const result = await evaluate('out', '--json');
    expect(result.exitCode).toBe(0);
    const right = (await classesOf('out')).filter((found, i) => found === PICTURES[i]!.label).length;
    expect(jsonOf(result)).toEqual({
      snug: JSON.parse(await readFile(join(cwd, 'out/manifest.json'), 'utf8')).snug,
      command: 'eval',
      name: 'tiny',
      ...{ target: null, machine: null, shard: null },
      images: 12,
      top1: { float: expect.any(Number), int8: right, c: right, target: null },
      top5: { float: 12, int8: 12, c: 12, target: null },
      flips: { lost: expect.any(Number), gained: expect.any(Number) },
      mcnemar: { p: expect.any(Number), lost: expect.any(Number), gained: expect.any(Number) },
      paired: { int8: expect.any(Object), c: expect.any(Object), target: null },
      chance: { engine: 'float', expectedTop1: expect.any(Number), p: expect.any(Number), atChance: false },
      differingOutputs: 0,
      differingOnTarget: null,
    });
    const { top1, flips, mcnemar, paired } = jsonOf(result) as {
      top1: Record<'float' | 'c', number>;
      flips: Record<'lost' | 'gained', number>;
      mcnemar: object;
      paired: Record<'int8' | 'c', { mcnemar: object; difference: Record<'value' | 'lower' | 'upper', number> }>;
    };
    expect(top1.c - top1.float).toBe(flips.gained - flips.lost);
    expect(mcnemar).toMatchObject(flips);
    expect(paired.c.mcnemar).toEqual(mcnemar);
    expect(paired.int8).toEqual(paired.c);
    expect(paired.c.difference.value).toBeCloseTo((top1.c - top1.float) / 12, 12);
    expect(result.stderr).toContain('float, int8 interpreter, compiled C: 12');
  });

  test('counts a class that the folder does not guess', async () => {
    // Every picture is labelled with what the interpreter makes of it, so all of them are right.
    const found = await classesOf('out');
    await writePictures(
      join(cwd, 'agreed'),
      found.map((label, i) => `${label}_${String(i).padStart(2, '0')}.png`),
    );
    const result = await snug(['eval', 'out', '--images', 'agreed', '--json', '--quiet'], { cwd });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(jsonOf(result)).toMatchObject({ images: 12, top1: { int8: 12, c: 12 }, flips: { lost: 0 } });
  });

  test('of some of the pictures, as a table', async () => {
    const { stdout, exitCode } = await evaluate('out', '--samples', '4', '--quiet');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^tiny: 4 pictures\n/);
    expect(stdout).toMatch(/\n compiled C +\d \([\d.]+ %\) +4 \(100\.0 %\) *\n/);
    expect(stdout).toMatch(
      /\ncompiled C against float: \d lost, \d gained; McNemar exact p = [\d.]+: no significant difference\n/,
    );
    expect(stdout).toMatch(
      /\ntop-1 changes by [+-]?[\d.]+ points, 95 % interval -[\d.]+ to [\d.]+ \(Newcombe, method 10\)\n/,
    );
    expect(stdout).toMatch(/\nthe class is float's in \d of 4 pictures\n/);
    expect(stdout).toContain('outputs of C and interpreter differ in 0 pictures');
  });

  test('of the binary alone with --no-reference', async () => {
    const object = jsonOf(await evaluate('out', '--no-reference', '--json'));
    const c = (await classesOf('out')).filter((found, i) => found === PICTURES[i]!.label).length;
    expect(object).toMatchObject({
      top1: { float: null, int8: null, c },
      top5: { float: null, int8: null, c: 12 },
      ...{ flips: null, mcnemar: null, paired: { int8: null, c: null, target: null } },
      differingOutputs: null,
    });
  });

  test('of everything but the binary with --no-c, which needs no compiler', async () => {
    const env = { PATH: await nodeAlone() };
    const args = ['eval', 'out', '--images', 'labelled', '--no-c'];
    const right = (await classesOf('out')).filter((found, i) => found === PICTURES[i]!.label).length;
    const object = jsonOf(await snug([...args, '--json'], { cwd, env }));
    expect(object).toMatchObject({
      top1: { float: expect.any(Number), int8: right, c: null, target: null },
      top5: { float: 12, int8: 12, c: null, target: null },
      ...{ flips: null, mcnemar: null, paired: { int8: expect.any(Object), c: null, target: null } },
      ...{ differingOutputs: null, differingOnTarget: null },
    });
    const { stdout, exitCode } = await snug([...args, '--out', 'no-c.json'], { cwd, env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\n compiled C +– +– *\nint8 interpreter against float: /);
    expect((await snug(['eval', 'merge', 'no-c.json'], { cwd, env })).stdout).toBe(stdout);
  });

  test('is no, with exit code 1, where the binary differs from the interpreter', async () => {
    await cp(join(cwd, 'out'), join(cwd, 'edited'), { recursive: true });
    await editTable(join(cwd, 'edited/tiny_weights.c'), 'tiny_classifier_bias', 1, bias => bias + 100_000);
    const result = await evaluate('edited', '--json');
    expect(result.exitCode).toBe(1);
    expect(jsonOf(result)).toMatchObject({ differingOutputs: 12 });
    // The interpreter is not what is shipped then, and compared as well.
    const { stdout } = await evaluate('edited');
    expect(stdout).toMatch(/\nint8 interpreter against float: [\s\S]*\ncompiled C against float: /);
  });
});

describe('the float network', () => {
  const float = async (folder: string, ...args: readonly string[]): Promise<{ top1: unknown; stderr: string }> => {
    const result = await evaluate(folder, '--json', '--samples', '2', ...args);
    expect(result.exitCode).toBe(0);
    const { top1, flips } = jsonOf(result) as { top1: { float: number | null }; flips: object | null };
    expect(flips === null).toBe(top1.float === null);
    return { top1: top1.float, stderr: result.stderr };
  };

  test('is unknown where the folder has forgotten it, and known again where it is named', async () => {
    await cp(join(cwd, 'out'), join(cwd, 'moved'), { recursive: true });
    await rm(join(cwd, 'moved/.snug'), { recursive: true });
    const { top1, stderr } = await float('moved');
    expect(top1).toBeNull();
    expect(stderr).toContain('the float network is not known here; give --model or --config');
    await writeFile(
      join(cwd, 'tiny.config.mjs'),
      "export default { model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, classes: 5 } };\n",
    );
    expect((await float('moved', '--config', 'tiny.config.mjs')).top1).toEqual(expect.any(Number));
  });

  test('is unknown where another one is named', async () => {
    await writeFile(join(cwd, 'other.config.mjs'), "export default { model: 'mobilenet-v2', resolution: 64 };\n");
    const { top1, stderr } = await float('out', '--config', 'other.config.mjs');
    expect(top1).toBeNull();
    expect(stderr).toContain('not the one that this folder was compiled from');
  });

  test('is unknown where another one of the same shapes is named', async () => {
    await writeFile(
      join(cwd, 'padded.config.mjs'),
      `export default {
  model: { network: 'mobilenet-v2', width: 0.1, resolution: 32, classes: 5, padding: 'symmetric' },
};\n`,
    );
    const { top1, stderr } = await float('out', '--config', 'padded.config.mjs');
    expect(top1).toBeNull();
    expect(stderr).toContain('not the one that this folder was compiled from');
  });

  test('is known where the folder ends with a softmax that it has not', async () => {
    await compileInto(cwd, 'soft', [...TINY, '--softmax', '--golden', '0']);
    expect((await float('soft')).top1).toEqual(expect.any(Number));
  });

  test('is unknown where its weights have changed or have gone', async () => {
    const weights = stateDictOf({ width: 0.1, resolution: 32, classes: 5 });
    const path = join(cwd, 'w.safetensors');
    await writeFile(path, stateDictFile(weights));
    await compileInto(cwd, 'trained', [...TINY, '--weights', 'w.safetensors', '--images', 'labelled']);
    expect((await float('trained')).top1).toEqual(expect.any(Number));
    weights.get('classifier.1.bias')!.data[0]! += 1;
    await writeFile(path, stateDictFile(weights));
    const changed = await float('trained');
    expect(changed.top1).toBeNull();
    expect(changed.stderr).toContain('has changed since this folder was compiled');
    await rm(path);
    expect((await float('trained')).top1).toBeNull();
  });
});

const refused = refusals(() => cwd);

test('a host without gcc is told what can be had there', async () => {
  const args = ['eval', 'out', '--images', 'labelled'];
  const says = ['gcc is not installed', 'apt-get install gcc', 'leave the compiled C out with --no-c'];
  await refused(args, { code: 'SNUG501', says, env: { PATH: await nodeAlone() } });
  await refused([...args, '--no-c', '--no-reference'], { code: 'SNUG101', says: ['nothing to run'] });
  await refused([...args, '--no-c', '--target', 'mps2-an386'], { code: 'SNUG101', says: ['the C on this host'] });
});

describe('labels', () => {
  test('are missing', async () => {
    const says = ['plain', 'a.png', 'put each class into a folder of its number'];
    await refused(['eval', 'out', '--images', 'plain'], { code: 'SNUG123', says });
  });

  test('lie beyond the classes', async () => {
    await writePictures(join(cwd, 'beyond'), ['4_in.png', '5_out.png']);
    const args = ['eval', 'out', '--images', 'beyond'];
    await refused(args, { code: 'SNUG124', says: ['5_out.png is labelled 5, and the network has classes 0 to 4'] });
    const shifted = await snug([...args, '--label-offset', '-1', '--no-reference', '--json'], { cwd });
    expect(shifted.exitCode).toBe(0);
    await refused([...args, '--label-offset', '-6'], { code: 'SNUG124', says: ['--label-offset'] });
  });

  test('are those of ImageNet where the network has a background class', async () => {
    await compileInto(cwd, 'imagenet', [...TINY, '--classes', '1001', '--golden', '0']);
    const { graph } = await readOutputFolder(join(cwd, 'imagenet'));
    const tables = pixelTable(DEFAULT_PREPROCESS, 3, graph.tensors[graph.input]!.quantization);
    const found = argmax(runInt8(graph, toInt8(pixelsOf(0), tables)));
    expect(found).toBeGreaterThan(0);
    await writePictures(join(cwd, 'shifted'), [`${found - 1}_a.png`]);
    const args = ['eval', 'imagenet', '--images', 'shifted', '--no-reference', '--json'];
    const guessed = await snug(args, { cwd });
    expect(jsonOf(guessed)).toMatchObject({ top1: { c: 1 } });
    expect(guessed.stderr).toContain('class 0 is taken as background (--label-offset 0 if it is not)');
    const told = await snug([...args, '--label-offset', '0'], { cwd });
    expect(jsonOf(told)).toMatchObject({ top1: { c: 0 } });
    expect(told.stderr).not.toContain('background');
  });

  test('need pictures', async () => {
    await refused(['eval', 'out'], { code: 'SNUG101', says: ['--images FOLDER'] });
    await refused(['eval', 'out', '--images', 'absent'], { code: 'SNUG102', says: ['there is no folder at absent'] });
    await refused(['eval', 'absent', '--images', 'plain'], { code: 'SNUG106', says: ['absent'] });
    await refused(['eval', 'out', '--images', 'labelled', '--samples', '0'], { code: 'SNUG101', says: ['--samples'] });
  });
});
