/** 1xx: command line, files, configuration. */
import { type DiagnosticConstructor, define } from '../diagnostic.ts';

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
/** What to do about an output that the operating system refused, by the code that it gave. */
function adviceToWrite(code: string | undefined): string {
  const elsewhere = 'choose another place with --out, --svg or --html';
  switch (code) {
    case 'ENOSPC':
      return `the disk is full: free some space on it, or ${elsewhere}`;
    case 'EDQUOT':
      return `your quota on this disk is used up: delete files of yours on it, or ${elsewhere}`;
    case 'EROFS':
      return `nothing can be written to this file system, which is mounted read-only: ${elsewhere}`;
    default:
      return `${elsewhere}, or change the permissions of the folder around it`;
  }
}

export const outputNotWritable: DiagnosticConstructor<{
  path: string;
  reason: string;
  /** Of the operating system, as ENOSPC. */
  code?: string | undefined;
}> = define(
  'SNUG104',
  'usage',
  d => `cannot write to ${d.path}: ${d.reason}`,
  d => adviceToWrite(d.code),
);
export const outputNotOurs: DiagnosticConstructor<{ path: string; problem: string }> = define(
  'SNUG105',
  'usage',
  d => `${d.path} ${d.problem}`,
  () =>
    'choose a new folder with --out, or move those files out of this one: snug replaces a folder as a whole, and only what it wrote itself',
);
export const notAnOutputFolder: DiagnosticConstructor<{ path: string; reason: string }> = define(
  'SNUG106',
  'usage',
  d => `${d.path} is not a folder written by snug compile: ${d.reason}`,
  () => 'give the folder that was passed to snug compile --out',
);
export const lfsPointer: DiagnosticConstructor<{
  path: string;
  bytes: number;
  /** Of the file that it stands for. */
  stated: number | null;
}> = define(
  'SNUG107',
  'usage',
  d =>
    `${d.path} is a pointer of Git LFS, a text of ${d.bytes} bytes in place of the file${d.stated === null ? '' : `, which has ${d.stated}`}`,
  () => 'run git lfs pull in its repository, which fetches the file itself (git lfs install comes first, once)',
);
export const fileTooLarge: DiagnosticConstructor<{ path: string; bytes: number; most: number }> = define(
  'SNUG108',
  'usage',
  d => `${d.path} has ${d.bytes} bytes, and snug reads files of ${d.most} at most`,
  () => 'check that it is the file that you mean; a network of this size fits no microcontroller',
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
export const targetInvalid: DiagnosticConstructor<{ problem: string }> = define(
  'SNUG130',
  'usage',
  d => d.problem,
  () => 'change the target.json at that place; targets/target.schema.json states every field',
);
export const targetUnknown: DiagnosticConstructor<{ id: string; known: readonly string[] }> = define(
  'SNUG131',
  'usage',
  d => `there is no target ${d.id}`,
  d => `take one of ${d.known.join(', ')}, or add targets/${d.id}/target.json beside the configuration`,
);
export const integrationNeedsKernels: DiagnosticConstructor<{ integrations: readonly string[] }> = define(
  'SNUG132',
  'usage',
  d =>
    `${d.integrations.join(', ')} would have no kernels: with --kernels cmsis-nn none are emitted, and CMSIS-NN is not there`,
  () => 'give --kernels auto or --kernels portable, or leave the integration out; zephyr and cmsis-pack have CMSIS-NN',
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
  () => 'give pictures of that size, give --resize crop, squash or pad, or change --resolution',
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
export const labelFileInvalid: DiagnosticConstructor<{ path: string; problem: string }> = define(
  'SNUG128',
  'usage',
  d => `${d.path} cannot be used as labels: ${d.problem}`,
  () =>
    'a .csv has a path and a label in each row; a .txt has a label a line for the sorted pictures of --images; --classes has a name a line',
);
export const evaluationFileInvalid: DiagnosticConstructor<{ path: string; problem: string }> = define(
  'SNUG140',
  'usage',
  d => `${d.path} is not a whole file of snug eval --out: ${d.problem}`,
  () => 'run the shard again, and give the file that it writes as it is',
);
export const shardsDiffer: DiagnosticConstructor<{ first: string; second: string; problem: string }> = define(
  'SNUG141',
  'usage',
  d => `${d.first} and ${d.second} do not belong together: ${d.problem}`,
  () => 'give the shards of one evaluation, each once: the same program, pictures, labels and flags in all of them',
);
export const shardsMissing: DiagnosticConstructor<{ missing: readonly string[]; all: number }> = define(
  'SNUG142',
  'usage',
  d =>
    `${d.all} of the shards ${d.all === 1 ? 'is' : 'are'} missing: ${d.missing.join(', ')}${d.all > d.missing.length ? ', …' : ''}`,
  d => `run snug eval --shard ${d.missing[0]} and the others, and give all of their files`,
);
