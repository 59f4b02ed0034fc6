/** Which pictures `snug eval` runs over, and the class of each. */
import { dirname, relative, resolve, sep } from 'node:path';
import { badUsage, labelOutOfRange } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { readRegular } from '../../disk/regular.ts';
import { type LabelledPath, labelled, listPictures } from '../../pictures/folder.ts';
import { type ClassNames, type LabelFile, labelledByFile, readClassNames } from '../../pictures/labels.ts';
import { pickSamples } from '../../pictures/samples.ts';
import type { Terminal } from '../terminal.ts';
import type { EvalFlags } from './flags.ts';

/** A picture of an evaluation. */
export interface EvalPicture {
  readonly path: string;
  /** The same on every machine: below the folder of pictures, with `/`. */
  readonly name: string;
  /** As the data set counts, and as the network does. */
  readonly label: number;
  readonly class: number;
}

/** What the network and its compilation say of classes. */
interface Classes {
  readonly count: number;
  /** Added to a label to give its class; null where nobody said. */
  readonly offset: number | null;
}

async function readLabelFile(path: string, what: string): Promise<LabelFile> {
  return { path, data: await readRegular(path, what) };
}

function needImages(flags: EvalFlags): string {
  if (flags.images !== undefined) return flags.images;
  const fix = 'give a labelled folder with --images FOLDER, or a list of pictures with --labels FILE.csv';
  throw new SnugError(badUsage({ problem: 'no pictures were given', fix }));
}

/** Labels as classes; a network of 1001 classes over labels below 1000 has the background as its class 0. */
function offsetOf(paths: readonly LabelledPath[], classes: Classes, names: ClassNames | null, out: Terminal): number {
  // A list of 1001 names counts the background itself.
  const mayGuess = classes.offset === null && names?.names.length !== classes.count;
  if (!mayGuess || classes.count !== 1001 || !paths.every(({ label }) => label < 1000)) return classes.offset ?? 0;
  out.note('1001 classes and labels below 1000: class 0 is taken as background (--label-offset 0 if it is not)');
  return 1;
}

/**
 * All pictures of an evaluation, before it is divided into shards, so that every shard sees the same.
 * @throws SnugError where there are none, or one has no label or one beyond the classes
 */
export async function choosePictures(
  flags: EvalFlags,
  classes: Classes,
  out: Terminal,
): Promise<readonly EvalPicture[]> {
  if (flags.classes !== undefined && flags.labels === undefined) {
    const problem = '--classes names the classes of --labels, which was not given';
    throw new SnugError(badUsage({ problem, fix: 'give both, or neither' }));
  }
  const names =
    flags.classes === undefined ? null : readClassNames(await readLabelFile(flags.classes, 'list of class names'));
  const folder = flags.images ?? (flags.labels === undefined ? needImages(flags) : dirname(flags.labels));
  const all =
    flags.labels === undefined
      ? labelled(await listPictures(folder), folder)
      : await labelledByFile(
          await readLabelFile(flags.labels, 'label file'),
          folder,
          async () => listPictures(needImages(flags)),
          names,
        );
  const chosen = flags.samples === undefined ? all : pickSamples(all, flags.samples);
  const offset = offsetOf(chosen, classes, names, out);
  return chosen.map(({ path, label }) => {
    const target = label + offset;
    if (target < 0 || target >= classes.count)
      throw new SnugError(labelOutOfRange({ path, label, classes: classes.count }, { file: path }));
    const name = relative(resolve(folder), resolve(path)).split(sep).join('/');
    return { path, name, label, class: target };
  });
}
