/**
 * Every diagnostic of snug, in one place. A code is written down once and keeps its meaning for ever: 1xx command line,
 * files and configuration; 2xx model files and weights; 3xx graphs; 4xx calibration and quantization; 5xx the host's
 * tools; 9xx answers of "no".
 */
import { type DiagnosticConstructor, define } from './diagnostic.ts';

// 1xx: command line, files, configuration

export const badUsage: DiagnosticConstructor<{ problem: string; fix: string }> = define(
  'SNUG101',
  'usage',
  d => d.problem,
  d => d.fix,
);
export const fileMissing: DiagnosticConstructor<{ path: string; what: string }> = define(
  'SNUG102',
  'usage',
  d => `there is no ${d.what} at ${d.path}`,
  () => 'check the path; those in flags start from the current folder, those in a configuration from its own',
);
export const fileUnreadable: DiagnosticConstructor<{ path: string; reason: string }> = define(
  'SNUG103',
  'usage',
  d => `cannot read ${d.path}: ${d.reason}`,
  () => 'check that it is a file and that you may read it',
);
export const outputNotWritable: DiagnosticConstructor<{ path: string; reason: string }> = define(
  'SNUG104',
  'usage',
  d => `cannot write to ${d.path}: ${d.reason}`,
  () => 'choose another place with --out or --svg, or change the permissions of the folder around it',
);
export const outputNotOurs: DiagnosticConstructor<{ path: string }> = define(
  'SNUG105',
  'usage',
  d => `${d.path} exists and was not written by snug (it has no manifest.json of snug's)`,
  () => 'choose a new folder with --out; snug replaces only folders that it wrote itself',
);
export const notAnOutputFolder: DiagnosticConstructor<{ path: string; reason: string }> = define(
  'SNUG106',
  'usage',
  d => `${d.path} is not a folder written by snug compile: ${d.reason}`,
  () => 'give the folder that was passed to snug compile --out',
);
export const configInvalid: DiagnosticConstructor<{ problem: string }> = define(
  'SNUG110',
  'usage',
  d => d.problem,
  () => 'change the configuration at that place; defineConfig documents every field',
);
export const configTypeError: DiagnosticConstructor<{ problem: string }> = define(
  'SNUG111',
  'usage',
  d => d.problem,
  () => 'the configuration is checked as TypeScript before it is loaded; change that line',
);
export const configFailed: DiagnosticConstructor<{ reason: string }> = define(
  'SNUG112',
  'usage',
  d => `the configuration could not be loaded: ${d.reason}`,
  () => 'a configuration exports defineConfig({ … }) as its default',
);
export const folderEmpty: DiagnosticConstructor<{ path: string; expected: string }> = define(
  'SNUG120',
  'usage',
  d => `${d.path} holds no ${d.expected}`,
  d => `put ${d.expected} into it, or give another folder`,
);
export const imageUnreadable: DiagnosticConstructor<{ path: string; reason: string }> = define(
  'SNUG121',
  'usage',
  d => `cannot decode ${d.path}: ${d.reason}`,
  () => 'remove the file or replace it by a JPEG, PNG, WebP, GIF, TIFF or AVIF picture',
);
export const sampleWrongShape: DiagnosticConstructor<{ path: string; actual: string; expected: string }> = define(
  'SNUG122',
  'usage',
  d => `${d.path} is ${d.actual}, and the network takes ${d.expected}`,
  () => "give pictures of that size, set preprocess.resize to 'cover' or 'fill', or change --resolution",
);
export const labelsMissing: DiagnosticConstructor<{ path: string; example: string }> = define(
  'SNUG123',
  'usage',
  d => `the pictures in ${d.path} carry no labels (for example ${d.example})`,
  () => 'put each class into a folder of its number, or begin each file name with the number and an underscore',
);
export const labelOutOfRange: DiagnosticConstructor<{ path: string; label: number; classes: number }> = define(
  'SNUG124',
  'usage',
  d => `${d.path} is labelled ${d.label}, and the network has classes 0 to ${d.classes - 1}`,
  () => 'set --label-offset to the number that turns a label into a class',
);
export const samplesMissing: DiagnosticConstructor<{ purpose: string }> = define(
  'SNUG125',
  'usage',
  d => `${d.purpose} needs pictures`,
  () => 'give a folder with --images',
);
export const sampleNotFinite: DiagnosticConstructor<{ path: string; index: number; value: number }> = define(
  'SNUG126',
  'usage',
  d => `${d.path} holds ${d.value} at element ${d.index}`,
  () => 'write the array again without NaN and infinity; a division by zero in the preprocessing is the usual cause',
);
export const arrayUnreadable: DiagnosticConstructor<{ path: string; problem: string }> = define(
  'SNUG127',
  'usage',
  d => `cannot read the array ${d.path}: ${d.problem}`,
  () => "save it with numpy.save(path, numpy.ascontiguousarray(array, dtype='<f4')), shape H×W×C or 1×H×W×C",
);

// 2xx: model files and weights

export const unknownFormat: DiagnosticConstructor<{ path: string; supported: string }> = define(
  'SNUG201',
  'usage',
  d => `${d.path} is in no format that snug reads`,
  d => `give one of: ${d.supported}`,
);
export const malformedFile: DiagnosticConstructor<{ format: string; problem: string }> = define(
  'SNUG202',
  'usage',
  d => `this is not a complete ${d.format} file: ${d.problem}`,
  () => 'the file is truncated, damaged, or of another format; export or copy it again',
);
export const unsupportedOperator: DiagnosticConstructor<{ operator: string; reason: string; supported: string }> =
  define(
    'SNUG203',
    'usage',
    d => `operator ${d.operator} is not supported${d.reason === '' ? '' : `: ${d.reason}`}`,
    d => `export the model without it; supported are ${d.supported}`,
  );
export const unsupportedModel: DiagnosticConstructor<{ problem: string; fix: string }> = define(
  'SNUG204',
  'usage',
  d => d.problem,
  d => d.fix,
);
export const tensorMissing: DiagnosticConstructor<{ shape: string }> = define(
  'SNUG210',
  'usage',
  d => `the weights lack this tensor (expected ${d.shape})`,
  () => 'check width, classes, blocks and head against the network that the weights were trained for',
);
export const tensorSurplus: DiagnosticConstructor<{ shape: string }> = define(
  'SNUG211',
  'usage',
  d => `the weights hold a tensor that the network has no place for (${d.shape})`,
  () => 'check width, classes, blocks and head against the network that the weights were trained for',
);
export const tensorMisshapen: DiagnosticConstructor<{ actual: string; expected: string }> = define(
  'SNUG212',
  'usage',
  d => `the tensor is ${d.actual}, and the network needs ${d.expected}`,
  () => 'check width, classes, channels and channelDivisor against the network that the weights were trained for',
);
export const tensorWrongType: DiagnosticConstructor<{ type: string }> = define(
  'SNUG213',
  'usage',
  d => `the tensor is of type ${d.type}, and weights must be float (F32, F16, BF16 or F64)`,
  () => 'export the weights as float32',
);
export const weightNotFinite: DiagnosticConstructor<{ parameter: string; index: number; value: number }> = define(
  'SNUG214',
  'usage',
  d => `${d.parameter} holds ${d.value} at element ${d.index}`,
  () => 'the checkpoint is broken or training diverged; export a checkpoint without NaN and infinity',
);
export const deadChannel: DiagnosticConstructor<{ channel: number; variance: number }> = define(
  'SNUG215',
  'usage',
  d => `channel ${d.channel} is dead: its BatchNorm variance is ${d.variance}`,
  () => 'the channel never varied in training; prune it, or train further before export',
);

// 3xx: graphs

export const shapeMismatch: DiagnosticConstructor<{ problem: string }> = define(
  'SNUG301',
  'usage',
  d => d.problem,
  () => 'check the shapes that the operator is given',
);
export const windowTooLarge: DiagnosticConstructor<{ kernel: string; input: string }> = define(
  'SNUG302',
  'usage',
  d => `a ${d.kernel} window does not fit into an input of ${d.input}`,
  () => 'raise the resolution, add padding, or use a smaller kernel',
);
export const invalidAttribute: DiagnosticConstructor<{ name: string; value: string; expected: string }> = define(
  'SNUG303',
  'usage',
  d => `${d.name} is ${d.value}; expected ${d.expected}`,
  d => `set ${d.name} to ${d.expected}`,
);
export const malformedGraph: DiagnosticConstructor<{ problem: string; pass: string }> = define(
  'SNUG304',
  'usage',
  d => `the graph is not well formed after ${d.pass}: ${d.problem}`,
  () => 'if the model came from a file, export it again; if it was built in TypeScript, check the builder calls',
);
export const resolutionFixed: DiagnosticConstructor<{ problem: string }> = define(
  'SNUG305',
  'usage',
  d => `the network cannot be re-shaped to this resolution: ${d.problem}`,
  () => 'use the resolution that the model was exported with, or export a fully convolutional network',
);

// 4xx: calibration and quantization

export const accumulatorOverflow: DiagnosticConstructor<{ channel: number; bound: number }> = define(
  'SNUG401',
  'usage',
  d => `the int32 accumulator of output channel ${d.channel} can reach ${d.bound.toExponential(3)}, beyond 2^31`,
  () =>
    'the layer sums too many products or its weights are out of proportion; split the layer or retrain with weight decay',
);
export const rescaleOutOfRange: DiagnosticConstructor<{ factor: number }> = define(
  'SNUG402',
  'usage',
  d => `the rescaling factor ${d.factor.toExponential(3)} cannot be represented in fixed point`,
  () => 'the output range is far smaller than the input range allows; calibrate with more typical pictures',
);
export const rangeMissing: DiagnosticConstructor<Record<never, never>> = define(
  'SNUG403',
  'usage',
  () => 'calibration saw no finite value for this tensor',
  () => 'check the preprocessing (mean, standard deviation) and the weights',
);

// 5xx: the host's tools

export const toolMissing: DiagnosticConstructor<{ tool: string; install: string }> = define(
  'SNUG501',
  'usage',
  d => `${d.tool} is not installed or not on the PATH`,
  d => `install it, for example with: ${d.install}`,
);
export const portableKernelsMissing: DiagnosticConstructor<{ path: string }> = define(
  'SNUG502',
  'usage',
  d => `${d.path} holds no portable kernels, and the host build needs them`,
  () => 'compile with --kernels auto or portable; with cmsis-nn the C can be built for a target only',
);

// 6xx: schedules and budgets

export const nothingToStream: DiagnosticConstructor<{ layer: string }> = define(
  'SNUG601',
  'usage',
  d => `the input cannot be streamed: ${d.layer} needs all of it, or something later reads it again`,
  () => 'take --input resident, which keeps the whole input in memory',
);
export const layersCannotStream: DiagnosticConstructor<Record<never, never>> = define(
  'SNUG602',
  'usage',
  () => 'layer by layer, the first layer needs the whole input, which --input streamed never has',
  () => 'take --schedule stream, or --input resident',
);
export const doesNotFit: DiagnosticConstructor<{ name: string; needed: number; budget: number; what: string }> = define(
  'SNUG603',
  'answer',
  d =>
    `${d.name} needs ${d.needed} bytes of ${d.what}, ${d.needed - d.budget} more than the ${d.budget} that there are`,
  () =>
    'snug fit with the same --ram and --flash lists widths and resolutions that fit; --input streamed needs least RAM',
);

// 9xx: what was emitted

export const buildFailed: DiagnosticConstructor<{ tool: string; output: string }> = define(
  'SNUG901',
  'answer',
  d => `${d.tool} refused the emitted C:\n${d.output}`,
  () => 'this is a fault of snug or an edit of its output; compile again, and report it if it stays',
);
export const programFailed: DiagnosticConstructor<{ program: string; output: string }> = define(
  'SNUG902',
  'answer',
  d => `${d.program} stopped with an error:\n${d.output}`,
  () => 'this is a fault of snug or an edit of its output; compile again, and report it if it stays',
);
