/** 2xx: model files and weights. */
import { type DiagnosticConstructor, define } from '../diagnostic.ts';

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
export const companionMissing: DiagnosticConstructor<{ name: string }> = define(
  'SNUG205',
  'usage',
  d => `the model keeps a part of itself in ${d.name}, which is not beside it`,
  d => `copy ${d.name} into the folder of the model file`,
);
export const companionRefused: DiagnosticConstructor<{ name: string; reason: string }> = define(
  'SNUG206',
  'usage',
  d => `the model keeps a part of itself in ${d.name}, which is not read: ${d.reason}`,
  d => `put the file itself, as it was saved with the model, at ${d.name} in the folder of the model file`,
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
