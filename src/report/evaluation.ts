/**
 * What `snug eval` found: the class that every way of computing gives each picture, and the counts over all of them. The
 * counts follow from the pictures alone, so that shards that are put together give what one run gives.
 */
import { type Accuracy, accuracyOf, type Comparison, compare, type Guess, type McNemar } from './accuracy.ts';
import { type Chance, chanceOf } from './chance.ts';

/** Ways of computing: float network, int8 interpreter, compiled C on the host, and on a board's core in QEMU. */
export const ENGINES = ['float', 'int8', 'c', 'target'] as const;

/** One way of computing. */
export type Engine = (typeof ENGINES)[number];

/** One value for each way of computing; null for one that did not take part. */
export type PerEngine<T> = Readonly<Record<Engine, T | null>>;

/** What was found for one picture. */
export interface PictureResult {
  /** Below the folder of pictures, with `/`. */
  readonly path: string;
  /** As the data set counts, and as the network does. */
  readonly label: number;
  readonly class: number;
  /** The classes of the five largest outputs, the largest first. */
  readonly top5: PerEngine<readonly number[]>;
  /** Whether the first of them is right. */
  readonly correct: PerEngine<boolean>;
  /** Whether any output of C differs from the int8 interpreter's, and any on the target from that of C on the host. */
  readonly differs: Readonly<Record<'c' | 'target', boolean | null>>;
}

/** The counts of an evaluation as `--json` prints them; null is what is not known. */
export interface Evaluation {
  readonly images: number;
  readonly top1: PerEngine<number>;
  readonly top5: PerEngine<number>;
  /** Pictures that float has right and C has wrong, and the reverse. */
  readonly flips: Pick<McNemar, 'lost' | 'gained'> | null;
  /** Of C against float. */
  readonly mcnemar: McNemar | null;
  /** Each against float. */
  readonly paired: Readonly<Record<'int8' | 'c' | 'target', Comparison | null>>;
  /** Of float, or of the first way of computing that took part. */
  readonly chance: Chance & { readonly engine: Engine };
  /** Pictures whose outputs differ between the int8 interpreter and C: 0, or something is wrong. */
  readonly differingOutputs: number | null;
  /** Pictures whose outputs differ between C on the host and on the target: 0, or something is wrong. */
  readonly differingOnTarget: number | null;
}

/**
 * The counts over pictures.
 * @param engines those that took part; results of others are null
 */
export function evaluationOf(engines: readonly Engine[], results: readonly PictureResult[]): Evaluation {
  const guessesOf = (engine: Engine): readonly Guess[] | null =>
    engines.includes(engine) ? results.map(({ top5, class: right }) => ({ best: top5[engine]!, class: right })) : null;
  const guesses = Object.fromEntries(ENGINES.map(e => [e, guessesOf(e)])) as unknown as PerEngine<readonly Guess[]>;
  const counted = (count: keyof Accuracy): PerEngine<number> =>
    Object.fromEntries(
      ENGINES.map(engine => [engine, guesses[engine] === null ? null : accuracyOf(guesses[engine])[count]]),
    ) as PerEngine<number>;
  const againstFloat = (engine: Engine): Comparison | null =>
    guesses.float === null || guesses[engine] === null ? null : compare(guesses.float, guesses[engine]);
  const differing = (engine: 'c' | 'target', base: 'int8' | 'c'): number | null =>
    engines.includes(engine) && engines.includes(base)
      ? results.filter(({ differs }) => differs[engine] === true).length
      : null;
  const paired = { int8: againstFloat('int8'), c: againstFloat('c'), target: againstFloat('target') };
  const mcnemar = paired.c?.mcnemar ?? null;
  const reference = ENGINES.find(engine => guesses[engine] !== null) ?? 'c';
  return {
    images: results.length,
    top1: counted('top1'),
    top5: counted('top5'),
    flips: mcnemar === null ? null : { lost: mcnemar.lost, gained: mcnemar.gained },
    mcnemar,
    paired,
    chance: { engine: reference, ...chanceOf(guesses[reference] ?? []) },
    differingOutputs: differing('c', 'int8'),
    differingOnTarget: differing('target', 'c'),
  };
}

/** Whether every output is what it must be: C's that of the interpreter, the target's that of C. */
export function outputsAgree({ differingOutputs, differingOnTarget }: Evaluation): boolean {
  return (differingOutputs ?? 0) === 0 && (differingOnTarget ?? 0) === 0;
}
