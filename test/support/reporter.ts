/**
 * Says at the end which tests were skipped for want of what, and ends a run in which nothing happens any more: a test that
 * computes without end never yields, so that no limit inside its own process can end it.
 */
import type { UserConsoleLog } from 'vitest';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** A test or a hook that takes so long hangs, however busy the machine is. */
const STILL_MS = 2 * 3_600_000;

/** How a line begins with which a test file says that it leaves something out, see `dataFile`. */
const LEFT_OUT = /^skipped: (.*)$/gm;

/** Counts tests by the note that they were skipped with; one that a filter left out has none. */
function notesOf(modules: readonly TestModule[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const result = test.result();
      const note = result.state === 'skipped' ? result.note : undefined;
      if (note !== undefined) counts.set(note, (counts.get(note) ?? 0) + 1);
    }
  }
  return counts;
}

/** As vitest takes it. */
export default class SuiteReporter implements Reporter {
  readonly #leftOut = new Set<string>();
  readonly #running = new Set<TestModule>();
  readonly #stillMs: number;
  #vitest: Vitest | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param options as the configuration gives them */
  constructor({ stillMs = STILL_MS }: { readonly stillMs?: number } = {}) {
    this.#stillMs = stillMs;
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  /** Begins to wait anew. */
  #seen(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), this.#stillMs);
    this.#timer.unref();
  }

  #giveUp(): void {
    const files = [...this.#running].map(({ relativeModuleId }) => relativeModuleId);
    console.error(`nothing has happened for ${this.#stillMs / 60_000} minutes in ${files.join(' and ')}`);
    process.exitCode = 1;
    // A second request ends workers that do not answer the first.
    void this.#vitest?.cancelCurrentRun('test-failure');
    void this.#vitest?.exit(true);
  }

  onTestRunStart(): void {
    this.#seen();
  }

  onTestModuleQueued(module: TestModule): void {
    this.#running.add(module);
    this.#seen();
  }

  onTestCaseResult(): void {
    this.#seen();
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(module);
    this.#seen();
  }

  onUserConsoleLog({ content }: UserConsoleLog): void {
    for (const [, what] of content.matchAll(LEFT_OUT)) this.#leftOut.add(what!);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const notes = [...notesOf(modules)].map(([note, count]) => `${count} ${count === 1 ? 'test' : 'tests'}: ${note}`);
    const lines = [...notes.sort(), ...[...this.#leftOut].sort()];
    if (lines.length === 0) return;
    console.log(`\nSkipped for want of what this machine lacks (npm run tools installs what it can):`);
    for (const line of lines) console.log(`  ${line}`);
  }
}
