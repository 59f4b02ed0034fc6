/**
 * Where an output folder lies, and what runs that were killed left beside it. A folder is made beside its place under a name
 * of its own and then takes the place of the earlier one, by two renames. Whoever comes next finds from the names how far it
 * came:
 *
 *   .NAME.PID-TOKEN.new    not finished: removed
 *   .NAME.PID-TOKEN.old    the earlier output: it goes back where nothing has its place
 *   .NAME.PID-TOKEN.gone   an earlier output that was being removed
 */
import { randomUUID } from 'node:crypto';
import { lstat, readdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** As many as Linux follows itself. */
const MOST_LINKS = 40;

/**
 * The absolute path that a path leads to: that of a link's target, which need not exist, and any other path itself. An
 * output is written through a link, which stays.
 */
export async function placeOf(path: string): Promise<string> {
  let place = resolve(path);
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const info = await lstat(place).catch(() => null);
    if (info?.isSymbolicLink() !== true) return place;
    // A link counts from the folder that it really lies in.
    place = resolve(await realpath(dirname(place)), await readlink(place));
  }
  return place;
}

/** Names beside a place that no other run takes. */
export function besides(place: string): { readonly fresh: string; readonly stale: string; readonly gone: string } {
  const token = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const beside = (state: string): string => join(dirname(place), `.${basename(place)}.${token}.${state}`);
  return { fresh: beside('new'), stale: beside('old'), gone: beside('gone') };
}

/** A folder that a run left beside its place. */
interface LeftOver {
  readonly path: string;
  readonly state: 'new' | 'old' | 'gone';
  /** Whether the run may be going on. */
  readonly inUse: boolean;
  /** When it got its name. */
  readonly since: number;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // There is such a process, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function leftOversOf(place: string): Promise<readonly LeftOver[]> {
  const folder = dirname(place);
  const prefix = `.${basename(place)}.`;
  const found: LeftOver[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    // snug 0.1 wrote names without the process.
    const match = name.startsWith(prefix)
      ? /^(?:(\d+)-)?[0-9a-f]{8}\.(new|old|gone)$/.exec(name.slice(prefix.length))
      : null;
    if (match === null) continue;
    const path = join(folder, name);
    const info = await lstat(path).catch(() => null);
    if (info?.isDirectory() !== true) continue;
    const inUse = match[1] !== undefined && isRunning(Number(match[1]));
    found.push({ path, state: match[2] as LeftOver['state'], inUse, since: info.ctimeMs });
  }
  return found;
}

/** Between two renames of a run that goes on, a place is free for less than this. */
const BETWEEN_RENAMES_MS = 250;

/**
 * Puts an output back that a killed run had moved away, and removes what such runs left. Does nothing where that is not
 * possible: whoever reads or writes the folder finds out, and says it better.
 * @param mayRemove whether nothing is lost with a folder
 */
export async function recover(place: string, mayRemove: (folder: string) => Promise<boolean>): Promise<void> {
  const isFree = async (): Promise<boolean> => (await lstat(place).catch(() => null)) === null;
  const leftOvers = await leftOversOf(place);
  const earlier = leftOvers.filter(({ state }) => state === 'old').sort((a, b) => b.since - a.since)[0];
  if (earlier !== undefined && (await isFree())) {
    // The number of a process may be another's by now: what counts is that the place stays free.
    if (earlier.inUse) await new Promise(done => setTimeout(done, BETWEEN_RENAMES_MS));
    if (await isFree()) await rename(earlier.path, place).catch(() => undefined);
  }
  for (const { path, state, inUse } of leftOvers) {
    if (inUse || (await stat(path).catch(() => null)) === null) continue;
    if (state !== 'old' || ((await stat(place).catch(() => null)) !== null && (await mayRemove(path))))
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
