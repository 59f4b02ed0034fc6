/** `snug targets`: the boards there are, and one with all that its `target.json` says. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { fileMissing } from '../diagnostics/catalog.ts';
import { type Diagnostic, SnugError } from '../diagnostics/diagnostic.ts';
import { machineFor } from '../firmware/machines.ts';
import type { Region, Target } from '../targets/target.ts';
import { packageVersion } from './files.ts';
import { addOutputFlags, type Flags } from './flags.ts';
import { type FoundTarget, findTarget, listTargets, targetPlaces } from './target-folders.ts';
import { table, terminal } from './terminal.ts';

const isExternal = ({ traits }: Region): boolean => traits.includes('external');

/** Bytes of one kind of memory. */
function sum({ regions }: Target, kind: Region['kind'], external: boolean): number {
  const counted = regions.filter(region => region.kind === kind && isExternal(region) === external);
  return counted.reduce((total, { size }) => total + size, 0);
}

/** As a `target.json` and `--ram` take it: `4M`, `96K`, or the bytes. */
function sizeText(size: number): string {
  if (size > 0 && size % 2 ** 20 === 0) return `${size / 2 ** 20}M`;
  return size > 0 && size % 2 ** 10 === 0 ? `${size / 2 ** 10}K` : String(size);
}

const addressText = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;
const megahertz = ({ clockHz }: Target): string => String(Number((clockHz / 1e6).toFixed(3)));
const listOf = (words: readonly string[]): string => (words.length === 0 ? '-' : words.join(', '));

function extensions({ features: { dsp, fpu, mve } }: Target): string {
  const fpuText = fpu === 'none' ? [] : [`FPU ${fpu}`];
  return listOf([...(dsp ? ['DSP'] : []), ...fpuText, ...(mve === 'none' ? [] : [`MVE ${mve}`])]);
}

/** What the table of all targets says. */
function summary({ target, folder }: FoundTarget): object {
  const { id, name, core, features, clockHz } = target;
  return {
    ...{ id, name, core, features, clockHz },
    ...{ flashBytes: sum(target, 'flash', false), externalFlashBytes: sum(target, 'flash', true) },
    ...{ ramBytes: sum(target, 'ram', false), externalRamBytes: sum(target, 'ram', true) },
    qemuMachine: machineFor(target)?.target ?? null,
    file: join(folder, 'target.json'),
  };
}

function details(found: FoundTarget): object {
  const { regions, compiler, flags, linkerScript, startup, qemu, sources } = found.target;
  return {
    ...summary(found),
    regions: regions.map(({ name, kind, address, size, traits, holds }) => ({
      ...{ name, kind, address: addressText(address), sizeBytes: size, traits, holds },
    })),
    ...{ compiler, flags, linkerScript, startup, qemu, sources },
  };
}

function overview(all: readonly FoundTarget[]): string {
  const memory = (target: Target, kind: Region['kind'], external: boolean): string => {
    const size = sum(target, kind, external);
    return size === 0 ? '-' : sizeText(size);
  };
  return table(
    ['id', 'board', 'core', 'extensions', 'MHz', 'flash', 'external', 'RAM', 'external', 'QEMU'],
    all.map(({ target }) => [
      ...[target.id, target.name, target.core, extensions(target), megahertz(target)],
      ...[memory(target, 'flash', false), memory(target, 'flash', true)],
      ...[memory(target, 'ram', false), memory(target, 'ram', true)],
      machineFor(target)?.target ?? '-',
    ]),
    ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
  );
}

/** QEMU's machine, and whether it is the board or only has its core. */
function machineText(target: Target): string {
  const machine = machineFor(target);
  if (machine === null) return 'no machine with this core';
  return target.qemu === null ? `${machine.target}, which stands for the core alone` : machine.target;
}

function description({ target, folder }: FoundTarget): string {
  const regions = target.regions.map(({ name, kind, address, size, traits, holds }) => [
    ...[name, kind, addressText(address), sizeText(size), listOf(traits), listOf(holds)],
  ]);
  return [
    `${target.id}: ${target.name}; ${target.core}, ${megahertz(target)} MHz; extensions: ${extensions(target)}`,
    table(['region', 'kind', 'address', 'size', 'traits', 'holds'], regions, [
      'left',
      'left',
      'left',
      'right',
      'left',
      'left',
    ]),
    `compiler: ${[target.compiler, ...target.flags].join(' ')}`,
    `linker script: ${target.linkerScript ?? 'generated'}; start-up: ${target.startup ?? 'generated'}`,
    `QEMU: ${machineText(target)}`,
    `file: ${join(folder, 'target.json')}`,
    'sources:',
    ...target.sources.map(({ title, url, states }) => `  ${title} (${states}): ${url}`),
  ].join('\n');
}

/** A misspelt configuration would otherwise hide the boards beside it. */
async function checkConfig(path: Flags['config']): Promise<void> {
  if (typeof path !== 'string' || (await stat(path).catch(() => null)) !== null) return;
  throw new SnugError(fileMissing({ path, what: 'configuration' }, { file: path }));
}

async function targetsCommand(id: string | undefined, flags: Flags): Promise<void> {
  const out = terminal(flags);
  await checkConfig(flags.config);
  const places = targetPlaces(flags.config);
  const head = { snug: await packageVersion(), command: 'targets' };
  if (id === undefined) {
    const faults: Diagnostic[] = [];
    const all = await listTargets(places, ({ diagnostics }) => faults.push(...diagnostics));
    // People see the sound ones all the same; JSON is one object, and that is the refusal.
    if (faults.length === 0 || !flags.json) out.result(overview(all), { ...head, targets: all.map(summary) });
    if (faults.length > 0) throw new SnugError(...faults);
  } else {
    const found = await findTarget(id, places);
    out.result(description(found), { ...head, target: details(found) });
  }
}

/** Adds `snug targets`. */
export function addTargetsCommand(program: Command): void {
  const command = program
    .command('targets')
    .argument('[id]', 'one of them, to see its regions, its compiler and where its figures are written')
    .description('list the boards that --target takes, those of targets/ beside the configuration included')
    .option('--config <file>', 'configuration beside which targets/ may hold boards of your own');
  addOutputFlags(command).action((id: string | undefined, flags: Flags) => targetsCommand(id, flags));
}
