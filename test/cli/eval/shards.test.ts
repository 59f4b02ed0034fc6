/** `--shard`, `--out` and `snug eval merge`: the parts of an evaluation are the whole, and nothing else passes for it. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { editTable } from '../../support/emitted.ts';
import { writePictures } from '../../support/pictures.ts';
import { refusals } from '../../support/refused.ts';
import { compileInto, type Finished, jsonOf, newFolder, snug } from '../../support/snug.ts';
import { setUpWith } from '../../support/tools.ts';

let cwd: string;
/** What a run over all pictures prints, and what the runs over each third of them print. */
let whole: Finished;
let thirds: readonly Finished[];
beforeAll(async () => {
  cwd = await newFolder();
  await writePictures(
    join(cwd, 'pictures'),
    Array.from({ length: 11 }, (_, i) => `${i % 5}/p${i}.png`),
  );
  await compileInto(cwd, 'out');
});
setUpWith(['gcc'], async () => {
  whole = await evaluate('--out', 'whole.json');
  const shards: Finished[] = [];
  for (let i = 0; i < 3; i += 1) shards.push(await evaluate('--shard', `${i}/3`, '--out', `parts/${i}.json`));
  thirds = shards;
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function evaluate(...args: readonly string[]): Promise<Finished> {
  const result = await snug(['eval', 'out', '--images', 'pictures', '--quiet', ...args], { cwd });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return result;
}

const merge = (...args: readonly string[]): Promise<Finished> => snug(['eval', 'merge', ...args], { cwd });
const PARTS: readonly string[] = ['parts/2.json', 'parts/0.json', 'parts/1.json'];
const refused = refusals(() => cwd);

describe('shards', () => {
  test('that are merged give what one run gives, as text and as JSON', async () => {
    expect(await merge(...PARTS)).toEqual(whole);
    const { stdout } = await evaluate('--json');
    expect((await merge('--json', ...PARTS)).stdout).toBe(stdout);
    expect((await merge(...PARTS, '--json')).stdout).toBe(stdout);
  });

  test('hold every n-th picture, and say what they are', async () => {
    const { results, shard, pictures } = JSON.parse(await readFile(join(cwd, 'parts/1.json'), 'utf8')) as {
      results: { path: string }[];
      shard: object;
      pictures: object;
    };
    expect(shard).toEqual({ index: 1, count: 3 });
    expect(pictures).toMatchObject({ count: 11 });
    // Sorted: 0/p0, 0/p10, 0/p5, 1/p1, 1/p6, 2/p2, 2/p7, 3/p3, 3/p8, 4/p4, 4/p9.
    expect(results.map(({ path }) => path)).toEqual(['0/p10.png', '1/p6.png', '3/p3.png', '4/p9.png']);
    expect(results[0]).toMatchObject({ label: 0, class: 0, top5: { c: expect.any(Array), target: null } });
    expect(thirds[1]!.stdout).toMatch(/^tiny, shard 1\/3: 4 pictures\n/);
  });

  test('may be more than samples', async () => {
    const result = await evaluate('--samples', '3', '--shard', '3/4', '--out', 'few-3.json', '--json');
    expect(jsonOf(result)).toMatchObject({
      shard: { index: 3, count: 4 },
      images: 0,
      top1: { float: 0, int8: 0, c: 0 },
    });
    const { stdout } = await evaluate('--samples', '3', '--shard', '3/4', '--out', 'few-3.json');
    expect(stdout).toMatch(/^tiny, shard 3\/4: 0 pictures\n/);
    expect(stdout).not.toContain('NaN');
  });

  test('may be all of the pictures', async () => {
    expect(await merge('whole.json')).toEqual(whole);
  });
});

describe('merge refuses', () => {
  test('shards that are missing or there twice', async () => {
    const says = ['1 of the shards is missing: 1/3', '--shard 1/3'];
    await refused(['eval', 'merge', 'parts/0.json', 'parts/2.json'], { code: 'SNUG142', says });
    await refused(['eval', 'merge', ...PARTS, 'parts/1.json'], { code: 'SNUG141', says: ['both are shard 1/3'] });
  });

  test('a shard of a program that was altered, of other pictures or of other flags', async () => {
    const other = async (folder: string, images: string): Promise<readonly string[]> => {
      const run = ['eval', folder, '--images', images, '--no-reference'];
      await snug([...run, '--shard', '1/3', '--out', 'other.json', '--quiet'], { cwd });
      return ['eval', 'merge', 'parts/0.json', 'other.json', 'parts/2.json'];
    };
    await cp(join(cwd, 'out'), join(cwd, 'altered'), { recursive: true });
    await editTable(join(cwd, 'altered/tiny_weights.c'), 'tiny_classifier_bias', 1, bias => bias + 1);
    const programs = ['parts/0.json and other.json do not belong together', 'different programs'];
    await refused(await other('altered', 'pictures'), { code: 'SNUG141', says: programs });
    await cp(join(cwd, 'pictures'), join(cwd, 'fewer'), { recursive: true });
    await rm(join(cwd, 'fewer/0/p0.png'));
    await refused(await other('out', 'fewer'), { code: 'SNUG141', says: ['different pictures or labels'] });
    const ran = ['one ran float, int8, c, and the other c'];
    await refused(await other('out', 'pictures'), { code: 'SNUG141', says: ran });
  });

  test('files that are none, or were changed', async () => {
    await refused(['eval', 'merge', 'absent.json'], { code: 'SNUG102', says: ['absent.json'] });
    await refused(['eval', 'merge', 'out/manifest.json'], { code: 'SNUG140', says: ['out/manifest.json', 'format'] });
    const text = await readFile(join(cwd, 'parts/0.json'), 'utf8');
    await writeFile(join(cwd, 'changed.json'), text.replace('0/p0.png', '0/px.png'));
    const says = ['its paths and classes are not those that were evaluated'];
    await refused(['eval', 'merge', 'changed.json', 'parts/1.json', 'parts/2.json'], { code: 'SNUG140', says });
    await refused(['eval', 'merge'], { code: 'SNUG101', says: ["missing required argument 'file'"] });
  });
});

describe('eval refuses', () => {
  const evalOf = (...args: readonly string[]): readonly string[] => ['eval', 'out', '--images', 'pictures', ...args];

  test.each(['3/3', '1', '-1/3', '1/0', 'a/b', '1/3/2', '1.0/3'])('--shard %s, which is no part', async value => {
    await refused(evalOf('--out', 'x.json', `--shard=${value}`), { code: 'SNUG101', says: ['i from 0 to n-1'] });
  });

  test('a shard without a place for it, or with a bad one', async () => {
    await refused(evalOf('--shard', '0/3'), { code: 'SNUG101', says: ['--shard', '--out FILE.json'] });
    await refused(evalOf('--out', 'out'), { code: 'SNUG104', says: ['it is a folder'] });
    await refused(evalOf('--out', 'out/tiny.c/x.json'), { code: 'SNUG104', says: ['out/tiny.c'] });
  });
});
