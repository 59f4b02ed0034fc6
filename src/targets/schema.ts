/**
 * The shape of a `target.json`, checked when it is read. Unknown keys are refused: a misspelt one would silently place
 * nothing. `targets/target.schema.json` is this schema as JSON Schema, for editors.
 */
import { z } from 'zod';
import { parseSize } from '../ir/units.ts';

/** Cores that snug knows how to compile and to measure for. */
export const CORES = [
  'cortex-m0plus',
  'cortex-m3',
  'cortex-m4',
  'cortex-m7',
  'cortex-m33',
  'cortex-m55',
  'cortex-m85',
  'xtensa-lx7',
] as const;

/** What a region is besides its kind: wired to the core without a bus, behind a data cache, on another chip. */
export const TRAITS = ['tightly-coupled', 'cached', 'external'] as const;

/** What a linker may put into a region. Flash holds code and constants where nothing else is said, RAM holds data. */
export const CONTENTS = ['code', 'constants', 'data'] as const;

const EXPECTED_SIZE = "expected a size, as '128K' or '1M'";
const size = z
  .string()
  .regex(/^\d+(\.\d+)?([KkMm](i?[Bb])?)?$/, { error: EXPECTED_SIZE, abort: true })
  .refine(value => (parseSize(value) ?? 0) > 0, EXPECTED_SIZE)
  .describe('Bytes, as 128K or 1M; 1K is 1024.');
const identifier = z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a lower-case C identifier');

const region = z.strictObject({
  name: identifier.describe('Part of the names of its sections and macros.'),
  kind: z.enum(['flash', 'ram']).describe('flash keeps what the image holds; ram is written while the program runs.'),
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{8}$/, 'expected an address, as 0x20000000')
    .describe('First byte, as the core sees it.'),
  size,
  traits: z.array(z.enum(TRAITS)).default([]),
  holds: z.array(z.enum(CONTENTS)).min(1).exactOptional(),
  reserved: z
    .strictObject({ size, for: z.string().min(1) })
    .exactOptional()
    .describe('Bytes at its start that are not the program’s, such as a boot loader.'),
});

/** What a `target.json` holds, as it is written; `parseTarget` makes a `Target` of it. */
export interface TargetFile {
  $schema?: string;
  name: string;
  core: (typeof CORES)[number];
  features: { dsp: boolean; fpu: 'none' | 'single' | 'double'; mve: 'none' | 'integer' | 'float' };
  clockHz: number;
  regions: {
    name: string;
    kind: 'flash' | 'ram';
    address: string;
    size: string;
    traits: (typeof TRAITS)[number][];
    holds?: (typeof CONTENTS)[number][];
    reserved?: { size: string; for: string };
  }[];
  compiler: string;
  flags: string[];
  linkerScript?: string;
  startup?: string;
  qemu?: string;
  sources: { title: string; url: string; states: string }[];
}

/** As `parseTarget` checks a file. */
export const targetSchema: z.ZodType<TargetFile> = z.strictObject({
  $schema: z.string().exactOptional(),
  name: z.string().min(1).describe('The board, as its vendor calls it.'),
  core: z.enum(CORES),
  features: z.strictObject({
    dsp: z.boolean().describe('The DSP extension (Armv7E-M, Armv8-M): two 16-bit multiplications an instruction.'),
    fpu: z.enum(['none', 'single', 'double']),
    mve: z.enum(['none', 'integer', 'float']).describe('Helium, the vector extension of Armv8.1-M.'),
  }),
  clockHz: z.int().min(1).describe('The highest clock of the core.'),
  regions: z.array(region).min(2).describe('Fastest first within a kind: the planner fills them in this order.'),
  compiler: z.string().min(1).describe('The command that compiles and links, a gcc.'),
  flags: z.array(z.string().min(1)).describe('Those of the compiler that select the core.'),
  linkerScript: z.string().min(1).exactOptional().describe('File of this folder, in place of the generated script.'),
  startup: z.string().min(1).exactOptional().describe('C file of this folder, in place of the generated start-up.'),
  qemu: z
    .string()
    .min(1)
    .exactOptional()
    .describe('The machine of qemu-system-arm that is this board, where there is one.'),
  sources: z
    .array(z.strictObject({ title: z.string().min(1), url: z.url(), states: z.string().min(1) }))
    .min(1)
    .describe('Where each of the figures is written.'),
});
