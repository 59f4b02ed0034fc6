/** `snug plan`: the schedule and the memory of a network, without weights and pictures. */
import { type Command, Option } from 'commander';
import { checkName } from '../codegen/naming.ts';
import type { Program } from '../codegen/program.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { writeOutputFile } from '../disk/writable.ts';
import { mapShape } from '../ir/shape.ts';
import { blankParameters } from '../models/parameter-source.ts';
import { quantizeForPlanning } from '../passes/quantize-for-planning.ts';
import { type PlanOptions, planNetwork, ramOf } from '../plan/plan-network.ts';
import { KERNEL_CHOICES } from '../plan/select-kernels.ts';
import { arenaPicture, peakOf } from '../report/arena-picture.ts';
import { arenaSvg } from '../report/arena-svg.ts';
import { trainableParameters } from '../report/inspection.ts';
import { type CompileReport, reportOf } from '../report/report.ts';
import { timelineOf } from '../report/timeline.ts';
import { type ProgramStack, programStack } from '../toolchain/program-stack.ts';
import { budgetAnswer } from './budget.ts';
import { packageVersion, readTemplates } from './files.ts';
import { addModelFlags, addOutputFlags, addPlanFlags, addTargetFlag, type Flags } from './flags.ts';
import { INPUT_PLACES } from './input-places.ts';
import { level3Of, level3Text } from './level-3.ts';
import { loadNetwork } from './network.ts';
import { regionRows } from './region-rows.ts';
import { settingsOf } from './settings.ts';
import { planOptions } from './target-memory.ts';
import { kibibytes, millions, type Terminal, table, terminal } from './terminal.ts';

interface PlanFlags extends Flags {
  readonly svg?: string;
  readonly stack?: boolean;
  readonly level?: '3';
}

/** What the same network would take with each choice of kernels. */
interface KernelCost {
  readonly kernels: string;
  readonly arenaBytes: number;
  readonly scratchBytes: number;
}

function kernelCosts({ graph }: Program, plan: PlanOptions): readonly KernelCost[] {
  return KERNEL_CHOICES.flatMap(kernels => {
    try {
      const { arena, scratch } = ramOf(graph, planNetwork(graph, { ...plan, kernels }));
      return [{ kernels, arenaBytes: arena, scratchBytes: scratch }];
    } catch (error) {
      // Another choice may have no kernel for a first layer that flows.
      if (error instanceof SnugError) return [];
      throw error;
    }
  });
}

function groupRows({ schedule }: CompileReport): readonly (readonly string[])[] {
  return schedule.groups.map(({ kind, unit, layers, arenaBytes }, i) => [
    String(i + 1),
    layers.length > 1 ? `${layers[0]} … ${layers.at(-1)}` : (layers[0] ?? ''),
    String(layers.length),
    kind === 'flow' ? `flows in ${unit}` : 'whole layers',
    String(arenaBytes),
    kibibytes(arenaBytes),
  ]);
}

function ramRows({ ram, schedule }: CompileReport, stack: ProgramStack | null): readonly (readonly string[])[] {
  const { c, dsp, mve } = ram.scratchBytesByCore;
  const known = stack === null ? 'not measured: needs gcc 10 or newer and portable kernels' : `at most, ${stack.build}`;
  const row = (name: string, bytes: number | null, note: string): readonly string[] => [
    name,
    bytes === null ? '' : String(bytes),
    bytes === null ? '' : kibibytes(bytes),
    note,
  ];
  return [
    row(
      'arena',
      ram.arenaBytes,
      `${schedule.input === 'resident' ? 'with the input in it' : 'no input in it'}${ram.optimal ? ', proved least' : ''}`,
    ),
    row('arena, input not counted', ram.arenaWithoutInputBytes, ''),
    row('scratch', ram.scratchBytes, `most of C ${c}, DSP ${dsp}, MVE ${mve}`),
    row('state', ram.stateBytes, 'counters of what flows'),
    row('stack', ram.stackBytes, known),
    row('input', ram.inputBytes, INPUT_PLACES[schedule.input]),
    row('output', ram.outputBytes, "the caller's"),
    row(
      'RAM in all',
      ram.totalBytes,
      ram.stackBytes === null ? 'stack comes on top' : 'arena, scratch, state, stack, input, output',
    ),
  ];
}

interface Planned {
  readonly program: Program;
  readonly report: CompileReport;
  readonly stack: ProgramStack | null;
  readonly costs: readonly KernelCost[];
}

function summary({ program, report, stack, costs }: Planned, out: Terminal): string {
  const { schedule, flash, macs, model } = report;
  const timeline = timelineOf(program.graph, program.plan);
  const peak = peakOf(timeline);
  const next = peak.runnerUp;
  const by = next === null ? '' : `, ${peak.bytes - next.bytes} bytes more than ${timeline.steps[next.step]!.label}`;
  return [
    `${report.name}: ${model.resolution.join('×')} → ${model.classes}, ${report.layers.length} layers, ${millions(macs.network)} MACs${schedule.recomputeFactor === 1 ? ', none computed twice' : ''}`,
    table(['', 'layers', '', '', 'arena bytes', ''], groupRows(report), [
      'right',
      'left',
      'right',
      'left',
      'right',
      'right',
    ]),
    '',
    arenaPicture(timeline, { columns: out.columns, colour: out.colour }),
    `the peak is at ${timeline.steps[peak.step]!.label}: ${peak.bytes} bytes${by}`,
    '',
    table(
      ['RAM', 'bytes', '', ''],
      [...ramRows(report, stack), ...regionRows(report)],
      ['left', 'right', 'right', 'left'],
    ),
    `weights: ${flash.weightsBytes} bytes, ${kibibytes(flash.weightsBytes)} of flash; code comes on top`,
    ...costs.map(
      cost => `with --kernels ${cost.kernels}: arena ${cost.arenaBytes}, scratch ${cost.scratchBytes} bytes at most`,
    ),
  ].join('\n');
}

async function planCommand(flags: PlanFlags): Promise<void> {
  const out = terminal(flags);
  const settings = await settingsOf(flags, out);
  if (settings.name !== null) checkName(settings.name);
  const network = await loadNetwork(settings.model, { drawn: blankParameters() });
  for (const note of network.notes) out.note(note);
  if (settings.name === null && network.nameNote !== null) out.note(network.nameNote);
  const graph = quantizeForPlanning(network.graph, settings);
  const version = await packageVersion();
  const options = await planOptions(settings, flags);
  const plan = planNetwork(graph, options);
  const name = settings.name ?? network.name;
  const { kernels } = settings.plan;
  const program: Program = { name, version, graph, plan, kernels, pixels: null, golden: [] };
  const { source, width } = network.origin;
  const origin = { command: 'plan', source, width, calibrationInputs: null } as const;
  const planned = reportOf(program, origin, trainableParameters(network.graph), null);
  const stack = flags.stack === false ? null : await programStack(program, await readTemplates());
  const ram =
    stack === null
      ? planned.ram
      : { ...planned.ram, stackBytes: stack.bytes, totalBytes: planned.ram.totalBytes + stack.bytes };
  const report: CompileReport = { ...planned, ram };
  if (flags.svg !== undefined) {
    const { height, width: columns } = mapShape(graph.tensors[graph.input]!.shape);
    await writeOutputFile(
      flags.svg,
      arenaSvg(timelineOf(graph, plan), `${name}, ${height}×${columns}: bytes of the arena`),
    );
  }
  const costs = kernelCosts(program, options);
  const level3 = flags.level === '3' ? level3Of(graph) : null;
  const text = summary({ program, report, stack, costs }, out);
  const answer = budgetAnswer(name, ramOf(graph, plan).total, report.flash.weightsBytes, settings);
  out.result([text, ...(level3 === null ? [] : ['', level3Text(level3)]), ...answer.lines].join('\n'), {
    ...report,
    stack,
    kernels: costs,
    ...(level3 === null ? {} : { level3 }),
    fits: answer.fits,
  });
  if (!answer.fits) process.exitCode = 1;
}

/** Adds the command with its flags. */
export function addPlanCommand(program: Command): void {
  const command = program
    .command('plan')
    .description('schedule and memory of a network; no weights, no pictures needed')
    .option('--softmax', 'end with a softmax')
    .option('--name <identifier>', 'prefix of every symbol in the C')
    .option('--svg <file>', 'write the picture of the arena as SVG')
    .option('--no-stack', 'do not measure the stack, which takes a compiler and a second')
    .addOption(
      new Option('--level <n>', 'what channel groups and recomputation would bring (planned only)').choices(['3']),
    );
  addOutputFlags(addTargetFlag(addPlanFlags(addModelFlags(command)))).action((flags: PlanFlags) => planCommand(flags));
}
