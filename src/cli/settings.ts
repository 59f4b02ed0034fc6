/** What a command works with: flags over configuration over defaults, checked before any work starts. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { IntegrationName } from '../codegen/integrations/index.ts';
import { loadConfig } from '../config/load-config.ts';
import type { SnugConfig } from '../config/snug-config.ts';
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type Bytes, bytes, parseSize } from '../ir/units.ts';
import type { MobilenetV2Options } from '../models/mobilenet-v2.ts';
import { type CalibrationMethod, DEFAULT_COVERAGE } from '../passes/ranges/index.ts';
import { type QuantizePreset, type QuantizeRecipe, recipeOf } from '../passes/recipe.ts';
import type { GivenPreprocess } from '../pictures/choose-preprocess.ts';
import type { PlanOptions } from '../plan/plan-network.ts';
import type { Flags } from './flags.ts';
import { preprocessGiven } from './preprocess-flags.ts';
import type { Terminal } from './terminal.ts';

/** The network that is meant. Paths are absolute. */
export type ModelSettings =
  | {
      readonly kind: 'mobilenet-v2';
      readonly options: MobilenetV2Options;
      readonly weights: string | null;
      readonly seed: number;
    }
  | { readonly kind: 'file'; readonly path: string; readonly resolution: readonly [number, number] | null };

/** All settings with their defaults; null stands for what was not given and has none. */
export interface Settings {
  readonly model: ModelSettings;
  readonly name: string | null;
  /** What was said of preprocessing; the network may say the rest. */
  readonly preprocess: GivenPreprocess;
  /** Whether doubts about preprocessing are refusals. */
  readonly strict: boolean;
  /** Folder of pictures or arrays to calibrate with. */
  readonly images: string | null;
  /** How many of them at most. */
  readonly samples: number;
  /** How a float network becomes int8. */
  readonly recipe: QuantizeRecipe;
  /** The least SQNR of a layer in dB that is let through. */
  readonly minSqnr: number | null;
  readonly labelOffset: number | null;
  readonly plan: PlanOptions;
  /** Name of the board that is compiled for. */
  readonly target: string | null;
  /** Bytes for constant tables. */
  readonly flashBytes: Bytes | null;
  readonly softmax: boolean;
  /** Golden vectors in the emitted C test. */
  readonly golden: number;
  /** Build systems that the output folder is made a module of. */
  readonly integrations: readonly IntegrationName[];
  /** For weights and inputs that are drawn. */
  readonly seed: number;
  readonly out: string | null;
}

const DEFAULT_CONFIG = 'snug.config.ts';
const DEFAULT_SAMPLES = 100;
const DEFAULT_GOLDEN = 2;
const DEFAULT_PRESET: QuantizePreset = 'balanced';

async function configOf(flags: Flags, terminal: Terminal): Promise<Partial<SnugConfig>> {
  if (typeof flags.config === 'string') return loadConfig(flags.config);
  if (flags.config === false || !existsSync(DEFAULT_CONFIG)) return {};
  // Before it runs, and every time: a folder that was safe yesterday may have been replaced since.
  terminal.note(
    `configuration: ${DEFAULT_CONFIG} of this folder, a program that runs with your rights (--no-config leaves it out)`,
  );
  return loadConfig(DEFAULT_CONFIG);
}

function refuseBuilderFlags(flags: Flags, path: string): void {
  const given = (['weights', 'width', 'classes', 'channels', 'padding'] as const).filter(
    name => flags[name] !== undefined,
  );
  if (given.length === 0) return;
  throw new SnugError(
    badUsage({
      problem: `${given.map(name => `--${name}`).join(', ')} cannot change ${path}`,
      fix: 'these flags are for --model mobilenet-v2; a model file brings its own network',
    }),
  );
}

function modelOf(flags: Flags, config: Partial<SnugConfig>, seed: number): ModelSettings {
  const network = typeof config.model === 'object' ? config.model : null;
  const named = flags.model ?? (typeof config.model === 'string' ? config.model : network ? 'mobilenet-v2' : null);
  if (named === null) {
    throw new SnugError(
      badUsage({
        problem: 'no model was given',
        fix: 'give --model FILE or --model mobilenet-v2, or a configuration with --config',
      }),
    );
  }
  if (named !== 'mobilenet-v2') {
    refuseBuilderFlags(flags, named);
    const size = flags.resolution ?? config.resolution ?? null;
    return { kind: 'file', path: resolve(named), resolution: typeof size === 'number' ? [size, size] : size };
  }
  const {
    network: _network,
    weights: configWeights,
    seed: _seed,
    ...described
  } = network ?? { network: 'mobilenet-v2' };
  const weights = flags.weights ?? configWeights ?? null;
  const { width, resolution = config.resolution, classes, channels, padding } = flags;
  const options: MobilenetV2Options = {
    ...described,
    ...(width === undefined ? {} : { width }),
    ...(resolution === undefined ? {} : { resolution }),
    ...(classes === undefined ? {} : { classes }),
    ...(channels === undefined ? {} : { channels }),
    ...(padding === undefined ? {} : { padding }),
  };
  return { kind: 'mobilenet-v2', options, weights: weights === null ? null : resolve(weights), seed };
}

/** How ranges are chosen where it was said; null leaves it to the preset. */
function calibrationOf(flags: Flags, config: Partial<SnugConfig>): CalibrationMethod | null {
  const coverage = flags.coverage ?? config.calibration?.coverage;
  const kind = flags.calibration ?? config.calibration?.method ?? (coverage === undefined ? null : 'percentile');
  if (kind === 'percentile') return { kind, coverage: coverage ?? DEFAULT_COVERAGE };
  if (flags.coverage !== undefined) {
    throw new SnugError(
      badUsage({
        problem: `--coverage has no meaning for ${kind ?? 'this'} calibration`,
        fix: 'leave it out, or give --calibration percentile',
      }),
    );
  }
  return kind === null ? null : { kind };
}

/** The preset with what was said besides it. */
function quantizationOf(flags: Flags, config: Partial<SnugConfig>): QuantizeRecipe {
  return recipeOf(flags.quantize ?? config.quantize?.preset ?? DEFAULT_PRESET, {
    calibration: calibrationOf(flags, config),
    weightScales: flags.weightScales ?? config.quantize?.weightScales ?? 'channel',
    equalize: config.quantize?.equalize ?? null,
  });
}

/** The schema of the configuration lets sizes through that can be read. */
function budgetOf(flag: number | undefined, config: number | string | undefined): Bytes | null {
  if (flag !== undefined) return bytes(flag);
  return config === undefined ? null : parseSize(String(config));
}

function planOf(flags: Flags, config: Partial<SnugConfig>): PlanOptions {
  return {
    kernels: flags.kernels ?? config.kernels ?? 'auto',
    schedule: flags.schedule ?? config.schedule ?? 'auto',
    input: flags.input ?? config.input ?? null,
    ramBytes: budgetOf(flags.ram, config.ram),
  };
}

/** @throws SnugError `badUsage` for missing or contradictory flags; else as `loadConfig` does */
export async function settingsOf(flags: Flags, terminal: Terminal): Promise<Settings> {
  const config = await configOf(flags, terminal);
  const seed = flags.seed ?? (typeof config.model === 'object' ? config.model.seed : undefined) ?? 1;
  return {
    model: modelOf(flags, config, seed),
    name: flags.name ?? config.name ?? null,
    preprocess: preprocessGiven(flags, config.preprocess ?? {}),
    strict: flags.strict ?? false,
    images: flags.images ?? config.calibration?.images ?? null,
    samples: flags.samples ?? config.calibration?.samples ?? DEFAULT_SAMPLES,
    recipe: quantizationOf(flags, config),
    minSqnr: flags.minSqnr ?? config.quantize?.minSqnr ?? null,
    labelOffset: flags.labelOffset ?? config.labels?.offset ?? null,
    plan: planOf(flags, config),
    target: flags.target ?? config.target ?? null,
    flashBytes: budgetOf(flags.flash, config.flash),
    softmax: flags.softmax ?? config.softmax ?? false,
    golden: flags.golden ?? config.golden ?? DEFAULT_GOLDEN,
    integrations: flags.integration ?? config.integrations ?? [],
    seed,
    out: flags.out ?? config.out ?? null,
  };
}
