/** Where an input lies, as summaries say it. */
import type { InputMode } from '../plan/schedule.ts';

/** For the note beside the input's bytes. */
export const INPUT_PLACES: Readonly<Record<InputMode, string>> = {
  caller: "the caller's",
  resident: 'in the arena',
  streamed: 'pushed row by row',
};
