/** `snug fit`: which widths and resolutions of MobileNetV2 fit a budget. Exit code 1 where none does. */
import type { Command } from 'commander';
import { badUsage } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { type FitResult, searchFit } from '../fit/front.ts';
import { fitGrid } from '../fit/grid.ts';
import { type PlannedSize, planSizes } from '../fit/plan-sizes.ts';
import type { InputMode } from '../plan/schedule.ts';
import { packageVersion } from './files.ts';
import { addModelFlags, addOutputFlags, addPlanFlags, type Flags } from './flags.ts';
import { type Settings, settingsOf } from './settings.ts';
import { kibibytes, millions, type Terminal, table, terminal } from './terminal.ts';

/** What was searched for. */
interface Search {
  readonly settings: Settings;
  readonly input: InputMode;
  readonly classes: number;
}

function top1Text({ top1 }: PlannedSize): string {
  if (top1 === null) return 'unknown';
  return `${top1.kind === 'interpolated' ? '~' : ''}${top1.percent.toFixed(1)} %`;
}

function row(point: PlannedSize): readonly string[] {
  return [
    String(point.width),
    String(point.resolution),
    String(point.ramBytes),
    kibibytes(point.ramBytes),
    String(point.flashBytes),
    kibibytes(point.flashBytes),
    millions(point.macs),
    top1Text(point),
  ];
}

/** Lines of the front that people are shown. */
const SHOWN = 24;

const HEAD = ['width', 'resolution', 'RAM bytes', '', 'flash bytes', '', 'MACs', 'ImageNet top-1'];
const ALIGN = HEAD.map(() => 'right' as const);

function budgetText({ settings }: Search): string {
  const { plan, flashBytes } = settings;
  const ram = plan.ramBytes === null ? 'any RAM' : `${plan.ramBytes} bytes of RAM`;
  return `${ram} and ${flashBytes === null ? 'any flash' : `${flashBytes} bytes of flash`}`;
}

function compileText({ width, resolution }: PlannedSize, { input, classes, settings }: Search): string {
  const { kernels } = settings.plan;
  const given = [`--width ${width}`, `--resolution ${resolution}`, `--classes ${classes}`, `--input ${input}`];
  if (kernels !== 'auto') given.push(`--kernels ${kernels}`);
  return `snug compile --model mobilenet-v2 ${given.join(' ')} --schedule stream --weights FILE --images DIR --out DIR`;
}

const NOTES = [
  'RAM: arena, scratch, state and the output, each size planned for least RAM; the stack comes on top (snug plan measures it).',
  'Flash: constant tables; code comes on top. Top-1: published for the float network at 1000 classes, ~ interpolated.',
];

function answer(result: FitResult<PlannedSize>, search: Search): string {
  const { front, best, nearest } = result;
  const known = front.filter(({ top1 }) => top1 !== null);
  // Sizes without a published figure are shown where there is nothing else.
  const shown = (known.length > 0 ? known : front).slice(0, SHOWN);
  const hidden = front.length - shown.length;
  if (best === null && nearest !== null) {
    const { point, ramMissingBytes: ram, flashMissingBytes: flash } = nearest;
    const missing = [ram > 0 ? `${ram} bytes of RAM` : '', flash > 0 ? `${flash} bytes of flash` : ''];
    return [
      `none of ${result.points} sizes fits ${budgetText(search)}`,
      table(HEAD, [row(point)], ALIGN),
      `the nearest is width ${point.width} at ${point.resolution}×${point.resolution}: it misses ${missing.filter(Boolean).join(' and ')}`,
      ...(search.input === 'streamed'
        ? []
        : ['--input streamed needs less RAM: rows are pushed, and no frame is stored']),
      ...(flash > 0 ? [`fewer classes need less flash: there are ${search.classes}`] : []),
      ...NOTES,
    ].join('\n');
  }
  return [
    `${result.fitting} of ${result.points} sizes fit ${budgetText(search)}; those that no other one beats in all:`,
    table(HEAD, shown.map(row), ALIGN),
    ...(hidden > 0 ? [`and ${hidden} more of less accuracy, or of none that is published: --json has them all`] : []),
    `best: width ${best!.width} at ${best!.resolution}×${best!.resolution}, ${top1Text(best!)}`,
    `  ${compileText(best!, search)}`,
    ...NOTES,
  ].join('\n');
}

function requireNetwork({ model }: Settings): Extract<Settings['model'], { kind: 'mobilenet-v2' }> {
  if (model.kind === 'mobilenet-v2') return model;
  throw new SnugError(
    badUsage({
      problem: `snug fit searches sizes of mobilenet-v2, and ${model.path} has its own`,
      fix: 'take snug plan --model FILE --ram SIZE for a model file, at several --resolution',
    }),
  );
}

async function search(
  flags: Flags,
  out: Terminal,
): Promise<{ readonly of: Search; readonly sizes: readonly PlannedSize[] }> {
  const settings = await settingsOf({ ...flags, model: flags.model ?? 'mobilenet-v2' }, out);
  const { options } = requireNetwork(settings);
  const sizes = fitGrid();
  const input = settings.plan.input ?? 'resident';
  const progress = out.progress('plan');
  const plan = { ...settings.plan, input, schedule: 'stream', ramBytes: null } as const;
  const planned = planSizes(sizes, options, plan, done => progress.update(done, sizes.length));
  progress.stop();
  return { of: { settings, input, classes: options.classes ?? 1000 }, sizes: planned };
}

async function fitCommand(flags: Flags): Promise<void> {
  const out = terminal(flags);
  for (const name of ['width', 'resolution'] as const) {
    if (flags[name] === undefined) continue;
    const fix = `leave --${name} out, or take snug plan --ram SIZE for one size`;
    throw new SnugError(
      badUsage({ problem: `snug fit searches every width and resolution, and --${name} was given`, fix }),
    );
  }
  const { of, sizes } = await search(flags, out);
  const { plan, flashBytes } = of.settings;
  const result = searchFit(sizes, { ramBytes: plan.ramBytes, flashBytes });
  out.result(answer(result, of), {
    snug: await packageVersion(),
    command: 'fit',
    input: of.input,
    classes: of.classes,
    kernels: plan.kernels,
    budget: { ramBytes: plan.ramBytes, flashBytes },
    points: sizes,
    fitting: result.fitting,
    front: result.front,
    best: result.best,
    nearest: result.nearest,
  });
  if (result.best === null) process.exitCode = 1;
}

/** Adds the command with its flags. */
export function addFitCommand(program: Command): void {
  const command = program
    .command('fit')
    .description('search width and resolution of mobilenet-v2 for a budget of RAM and flash');
  addOutputFlags(addPlanFlags(addModelFlags(command))).action((flags: Flags) => fitCommand(flags));
}
