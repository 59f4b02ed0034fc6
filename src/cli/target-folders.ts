/**
 * Boards by the folders that describe them: `targets/` beside the configuration, in the current folder, and in the installed
 * package. The first place that has a target wins, so that a user's own board of the same name replaces snug's.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { targetInvalid, targetUnknown } from '../diagnostics/catalog.ts';
import { SnugError } from '../diagnostics/diagnostic.ts';
import { parseTarget, type Target } from '../targets/target.ts';
import { PACKAGE_FOLDER } from './files.ts';
import type { Flags } from './flags.ts';

/** A target and the folder that holds its files. */
export interface FoundTarget {
  readonly target: Target;
  readonly folder: string;
}

const FILE = 'target.json';

/** Where to look, the user's own places first. */
export function targetPlaces(config: Flags['config']): readonly string[] {
  const own = typeof config === 'string' ? [join(dirname(config), 'targets')] : [];
  const places = [...own, 'targets', join(PACKAGE_FOLDER, 'targets')];
  return places.filter((place, i) => places.findIndex(other => resolve(other) === resolve(place)) === i);
}

async function foldersIn(place: string): Promise<readonly string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async ({ name }) => ((await stat(join(place, name, FILE)).catch(() => null))?.isFile() ? name : null)),
  );
  return found.filter(name => name !== null).sort();
}

async function readTarget(id: string, folder: string): Promise<FoundTarget> {
  const path = join(folder, FILE);
  const target = parseTarget(id, await readFile(path, 'utf8'), path);
  for (const [field, file] of Object.entries({ linkerScript: target.linkerScript, startup: target.startup })) {
    if (file === null || (await stat(join(folder, file)).catch(() => null))?.isFile()) continue;
    throw new SnugError(targetInvalid({ problem: `${field}: there is no ${file} beside it` }, { file: path }));
  }
  return { target, folder };
}

/** Folders by the id of their target; the first place that has one counts. */
async function folders(places: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const byId = new Map<string, string>();
  for (const place of places) {
    for (const id of await foldersIn(place)) if (!byId.has(id)) byId.set(id, join(place, id));
  }
  return byId;
}

/**
 * All targets, by id.
 * @param faulty what to do with a target that is left out because of its file; without it, the first one is thrown
 * @throws SnugError `targetInvalid`
 */
export async function listTargets(
  places: readonly string[],
  faulty: (fault: SnugError) => void = fault => {
    throw fault;
  },
): Promise<readonly FoundTarget[]> {
  const found: FoundTarget[] = [];
  for (const [id, folder] of [...(await folders(places))].sort(([a], [b]) => (a < b ? -1 : 1))) {
    try {
      found.push(await readTarget(id, folder));
    } catch (error) {
      if (!(error instanceof SnugError)) throw error;
      faulty(error);
    }
  }
  return found;
}

/** @throws SnugError `targetUnknown` or `targetInvalid` */
export async function findTarget(id: string, places: readonly string[]): Promise<FoundTarget> {
  const byId = await folders(places);
  const folder = byId.get(id);
  if (folder === undefined) throw new SnugError(targetUnknown({ id, known: [...byId.keys()].sort() }));
  return readTarget(id, folder);
}
