/** Constant tables of a planned program. */
import { type Bytes, bytes } from '../ir/units.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { stepsOf } from './schedule.ts';

/** Bytes of all constant tables, which no schedule changes. */
export function weightsOf({ schedule }: Pick<MemoryPlan, 'schedule'>): Bytes {
  const tables = stepsOf(schedule).flatMap(({ call }) => call?.tables ?? []);
  return bytes(tables.reduce((sum, { data }) => sum + data.byteLength, 0));
}
