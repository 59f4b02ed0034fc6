/**
 * The shape of `SnugConfig` at run time, with the bounds that a type cannot state. Unknown keys are refused, because a
 * misspelt option that is silently ignored costs hours on a board. `FieldsOf` keeps the two in step: a field that is in
 * one and not in the other does not compile.
 */
import { z } from 'zod';
import { NETWORK_NAME, NETWORK_NAME_RULE } from '../ir/name.ts';
import { parseSize } from '../ir/units.ts';
import { type PreprocessOptions, RESIZE_MODES, type ResizeMode } from '../pictures/preprocess.ts';
import type { CalibrationOptions, LabelOptions, NetworkModel, QuantizeOptions, SnugConfig } from './snug-config.ts';

type FieldsOf<T> = { readonly [K in keyof T]-?: z.ZodType };

const text = z.string().min(1);
const name = z.string().regex(NETWORK_NAME, `expected a C identifier (${NETWORK_NAME_RULE})`);
const count = z.int().min(1);
const fraction = z.number().positive().max(1);
const positive = z.number().positive();

const size = z.union([
  z.int().min(0),
  z.string().refine(value => parseSize(value) !== null, "expected a size, as '128K' or '1M'"),
]);

/** As `InputMode` and `ScheduleChoice` of the plan, whose types `snug-config.ts` is held to. */
const SCHEDULE_CHOICES = ['layers', 'stream', 'auto'] as const;
const INPUT_MODES = ['resident', 'streamed', 'caller'] as const;

/** As `IntegrationName` of the code generator. */
const INTEGRATIONS = ['zephyr', 'cmsis-pack', 'platformio', 'arduino', 'esp-idf'] as const;

const oneOrEach = (item: z.ZodNumber) => z.union([item, z.array(item).min(1)]);
const sideOrSides = (side: z.ZodNumber) => z.union([side, z.tuple([side, side])]);

const network = z.strictObject({
  network: z.literal('mobilenet-v2'),
  weights: text.exactOptional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .exactOptional(),
  width: positive.exactOptional(),
  resolution: sideOrSides(z.int().min(32)).exactOptional(),
  classes: count.exactOptional(),
  channels: z.literal([1, 3]).exactOptional(),
  channelDivisor: z.literal([1, 8]).exactOptional(),
  padding: z.enum(['same', 'symmetric']).exactOptional(),
  head: z.enum(['classifier', 'features']).exactOptional(),
  blocks: z
    .array(z.tuple([count, count, count, count]))
    .min(1)
    .exactOptional(),
  epsilon: z.number().min(0).exactOptional(),
  unitExpansion: z.boolean().exactOptional(),
  name: text.exactOptional(),
} satisfies FieldsOf<NetworkModel>);

/** Modes that keep all of a picture. */
const isWhole = (resize: ResizeMode | undefined): boolean => resize === 'none' || resize === 'pad';

const preprocess = z
  .strictObject({
    mean: oneOrEach(z.number()).exactOptional(),
    std: oneOrEach(positive).exactOptional(),
    resize: z.enum(RESIZE_MODES).exactOptional(),
    cropFraction: fraction.exactOptional(),
    channelOrder: z.enum(['rgb', 'bgr']).exactOptional(),
  } satisfies FieldsOf<PreprocessOptions>)
  .refine(p => !isWhole(p.resize) || p.cropFraction === undefined, {
    path: ['cropFraction'],
    message: "there is nothing to crop with resize 'none' or 'pad'",
  });

const calibration = z
  .strictObject({
    images: text.exactOptional(),
    samples: count.exactOptional(),
    method: z.enum(['minmax', 'percentile', 'mse', 'entropy', 'auto']).exactOptional(),
    coverage: fraction.exactOptional(),
  } satisfies FieldsOf<CalibrationOptions>)
  .refine(c => c.method === undefined || c.method === 'percentile' || c.coverage === undefined, {
    path: ['coverage'],
    message: "coverage belongs to method 'percentile'",
  });

const quantize = z.strictObject({
  preset: z.enum(['fast', 'balanced', 'best']).exactOptional(),
  weightScales: z.enum(['channel', 'tensor']).exactOptional(),
  minSqnr: positive.exactOptional(),
  equalize: z.boolean().exactOptional(),
} satisfies FieldsOf<QuantizeOptions>);

/** Accepts what is a `SnugConfig` within the documented bounds. Fields may be absent, but not `undefined`. */
export const configSchema: z.ZodType<SnugConfig> = z.strictObject({
  name: name.exactOptional(),
  model: z.union([text, network]),
  resolution: sideOrSides(count).exactOptional(),
  preprocess: preprocess.exactOptional(),
  calibration: calibration.exactOptional(),
  quantize: quantize.exactOptional(),
  labels: z.strictObject({ offset: z.int().exactOptional() } satisfies FieldsOf<LabelOptions>).exactOptional(),
  kernels: z.enum(['portable', 'cmsis-nn', 'auto']).exactOptional(),
  schedule: z.enum(SCHEDULE_CHOICES).exactOptional(),
  input: z.enum(INPUT_MODES).exactOptional(),
  target: text.exactOptional(),
  ram: size.exactOptional(),
  flash: size.exactOptional(),
  softmax: z.boolean().exactOptional(),
  golden: z.int().min(0).exactOptional(),
  integrations: z.array(z.enum(INTEGRATIONS)).exactOptional(),
  out: text.exactOptional(),
} satisfies FieldsOf<SnugConfig>);
