/**
 * What a step costs in each form that it may run in. Where the core is known, in its instructions, by what was measured for
 * each kernel (`kernel-prices.ts`); elsewhere by a rough estimate in multiply-accumulates, in which whole layers are cheapest.
 */
import type { Core } from '../../ir/kernel-call.ts';
import { type FlowUnit, type Group, kernelIn, type Schedule, stepsOf } from '../schedule.ts';
import type { KernelChoice } from '../select-kernels.ts';
import type { Chain, Link } from './chain.ts';
import { type Amounts, KERNEL_PRICES, type KernelPrices, TOGETHER } from './kernel-prices.ts';

/** Prices of the kernels of one core; null where the core is not known. */
export type Prices = { readonly core: Core; readonly kernels: KernelPrices } | null;

/**
 * The prices of a program's kernels on a core. With `auto` either set may be linked: on a core with Helium, CMSIS-NN, for
 * the portable kernels do not use its vectors; on others the portable kernels, which come with the output.
 */
export function pricesFor(kernels: KernelChoice, core: Core | null): Prices {
  if (core === null) return null;
  const library = kernels === 'cmsis-nn' || (kernels === 'auto' && core === 'mve');
  return { core, kernels: KERNEL_PRICES[core][library ? 'cmsis-nn' : 'portable'] };
}

/** Rough price of one kernel call and of pixels that move alone, in multiply-accumulates. */
const CALL_COST = 200;

/** Of a kernel that was not measured: it does a little for each element that it reads or makes. */
const UNMEASURED = { output: 80, call: 500 } as const;

/**
 * Amounts of a step in one form.
 * @param unit null for whole layers
 */
export function amountsOf({ macs, flow, input, output }: Link, unit: FlowUnit | null, core: Core): Amounts {
  const reduces = unit !== null && flow?.kind === 'reduce';
  const pixel = reduces ? input.height * input.width : output.height * output.width;
  const width = reduces ? input.width : output.width;
  const call = unit === null ? 1 : unit.kind === 'rows' ? pixel / width : Math.max(1, pixel / unit.count);
  return {
    mac: macs > 0 ? macs : input.height * input.width * input.channels,
    output: output.height * output.width * output.channels,
    ...{ pixel, call },
    channel: call * output.channels,
    rest: pixel * (output.channels % TOGETHER[core]),
  };
}

/** The name that a step's kernel has in the table of prices: gathering windows costs beside the kernel. */
export function pricedKernel({ step, flow }: Link, unit: FlowUnit | null): string | null {
  const group: Group =
    unit === null ? { kind: 'layers', steps: [step] } : { kind: 'flow', steps: [step], unit, channelGroups: [] };
  const kernel = kernelIn(group, step);
  if (kernel === null) return null;
  const gathers = unit?.kind === 'pixels' && flow?.kind === 'window' && (flow.pixels?.columns ?? null) !== null;
  return gathers ? `${kernel.function} gathered` : kernel.function;
}

/**
 * Cost of one step.
 * @param unit null for whole layers
 */
export function stepCost(link: Link, unit: FlowUnit | null, prices: Prices): number {
  if (prices === null) {
    if (unit === null) return link.work + CALL_COST;
    const { height, width } = link.output;
    const chunk = unit.kind === 'rows' ? width : unit.count;
    // Kernels read a layer's weights once a call, which few pixels share.
    return link.work * (1 + 1 / Math.max(1, chunk)) + (CALL_COST * height * width) / chunk;
  }
  const kernel = pricedKernel(link, unit);
  if (kernel === null) return 0;
  const amounts = amountsOf(link, unit, prices.core);
  const price = Object.entries(prices.kernels[kernel] ?? UNMEASURED);
  return price.reduce((sum, [term, each]) => sum + each * amounts[term as keyof Amounts], 0);
}

/** Cost of all steps in the groups that a schedule has. */
export function scheduleCost({ links }: Chain, schedule: Schedule, prices: Prices): number {
  const units = schedule.groups.flatMap(group => group.steps.map(() => (group.kind === 'layers' ? null : group.unit)));
  if (units.length !== links.length) throw new RangeError(`${stepsOf(schedule).length} steps of ${links.length}`);
  return links.reduce((sum, link, i) => sum + stepCost(link, units[i]!, prices), 0);
}
