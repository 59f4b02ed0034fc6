/** Whether a plan keeps to `--ram` and `--flash`, in words. */
import type { Settings } from './settings.ts';

/** Lines for people; none where no budget was given. */
export interface BudgetAnswer {
  readonly fits: boolean;
  readonly lines: readonly string[];
}

function line(what: string, needed: number, budget: number | null): readonly string[] {
  if (budget === null) return [];
  const left = budget - needed;
  return [
    left >= 0 ? `fits ${budget} bytes of ${what}, ${left} are left` : `misses ${budget} bytes of ${what} by ${-left}`,
  ];
}

/** Compares RAM without stack, and constant tables, with the budgets; a plan needs exactly what it says. */
export function budgetAnswer(
  name: string,
  ramBytes: number,
  weightsBytes: number,
  { plan, flashBytes }: Settings,
): BudgetAnswer {
  const fits =
    (plan.ramBytes === null || ramBytes <= plan.ramBytes) && (flashBytes === null || weightsBytes <= flashBytes);
  const lines = [
    ...line('RAM, stack on top', ramBytes, plan.ramBytes),
    ...line('flash, code on top', weightsBytes, flashBytes),
  ];
  return { fits, lines: lines.map(text => `${name} ${text}`) };
}
