/** A board's firmware with the figures that decide whether it can be flashed: what every region holds, and the stack. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { elfSegments } from '../formats/elf.ts';
import type { Region } from '../targets/target.ts';
import { type BoardBuild, buildSelfTest } from './board-program.ts';
import type { Firmware } from './firmware.ts';
import { kernelSources, type OutputFolder } from './output-folder.ts';
import { measureStack } from './stack-usage.ts';

/** What lies in a region. */
export interface RegionUse {
  readonly region: string;
  readonly kind: Region['kind'];
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly sections: readonly { readonly section: string; readonly bytes: number }[];
}

/** The firmware and where it lies. */
export interface TargetBuild {
  readonly firmware: Firmware;
  readonly regions: readonly RegionUse[];
  /** Bytes that lie in no region of the target: 0, or the target's own linker script knows other memory. */
  readonly outsideBytes: number;
  /** A bound by the call graph; null where the compiler writes none or the kernels are not ours. */
  readonly stackBoundBytes: number | null;
}

const within = ({ address, size }: Region, at: number): boolean => address <= at && at < address + size;

async function regionUse(options: BoardBuild, { elf, sections }: Firmware): Promise<readonly RegionUse[]> {
  const segments = elfSegments(await readFile(elf), elf);
  return options.board.target.regions.map(region => {
    const lying = sections.filter(({ address }) => within(region, address));
    const used = lying.reduce((sum, { bytes }) => sum + bytes, 0);
    // The initial values of variables are stored here and copied from here at the start.
    const copies = region.kind === 'ram' ? [] : segments.filter(({ loadAddress }) => within(region, loadAddress));
    const stored = copies.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      ...{ region: region.name, kind: region.kind, sizeBytes: region.size, usedBytes: Math.max(used, stored) },
      sections: lying.map(({ name, bytes }) => ({ section: name, bytes })),
    };
  });
}

/** What a caller of the network calls; the variants for pixels go no deeper than a frame below. */
function entriesOf({ name, manifest }: OutputFolder): readonly string[] {
  return manifest.input === 'streamed' ? [`${name}_begin`, `${name}_push_rows`, `${name}_finish`] : [`${name}_run`];
}

async function stackBound(options: BoardBuild): Promise<number | null> {
  const { output, board, library, folder } = options;
  if (library !== null) return null;
  const usage = await measureStack({
    compiler: board.target.compiler,
    flags: [...board.target.flags, '-std=c99', '-O3'],
    sources: [`${output.name}.c`, ...(await kernelSources(output))],
    includes: ['.', 'cmsis_nn'],
    folder: resolve(output.path),
    buildFolder: folder,
    entries: entriesOf(output),
  });
  return usage?.bytes ?? null;
}

/**
 * Builds the self-test for the board itself.
 * @param layers with the trace hook, for cycles and checksums of every layer
 * @throws SnugError as `buildFirmware`
 */
export async function buildForTarget(options: BoardBuild, layers: boolean): Promise<TargetBuild> {
  const firmware = await buildSelfTest(options, layers);
  const regions = await regionUse(options, firmware);
  const all = firmware.sections.reduce((sum, { bytes }) => sum + bytes, 0);
  const placed = regions.flatMap(({ sections }) => sections).reduce((sum, { bytes }) => sum + bytes, 0);
  return { firmware, regions, outsideBytes: all - placed, stackBoundBytes: await stackBound(options) };
}
