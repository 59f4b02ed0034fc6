/** What the reporter says of skipped tests, and that it ends a run that stands still. */
import { afterEach, expect, test, vi } from 'vitest';
import type { TestModule, Vitest } from 'vitest/node';
import SuiteReporter from './reporter.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A file of tests that were skipped with these notes; undefined for one that a filter left out. */
function moduleOf(file: string, ...notes: readonly (string | undefined)[]): TestModule {
  const tests = notes.map(note => ({ result: () => ({ state: 'skipped', note }) }));
  return { relativeModuleId: file, children: { allTests: () => tests.values() } } as unknown as TestModule;
}

const stderr = (content: string) => ({ content, type: 'stderr' }) as never;

test('what was skipped is listed once, with how many tests each lack concerns', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const reporter = new SuiteReporter();
  reporter.onUserConsoleLog(stderr('one\nskipped: the import needs /data/a.onnx (set SNUG_DATA)\ntwo\n'));
  reporter.onUserConsoleLog(stderr('skipped: the import needs /data/a.onnx (set SNUG_DATA)\n'));
  reporter.onUserConsoleLog(stderr('nothing is skipped: all is there\n'));
  reporter.onTestRunEnd([moduleOf('a', 'gcc is missing', undefined), moduleOf('b', 'gcc is missing', 'no QEMU')]);
  expect(log.mock.calls.flat().slice(1)).toEqual([
    '  1 test: no QEMU',
    '  2 tests: gcc is missing',
    '  the import needs /data/a.onnx (set SNUG_DATA)',
  ]);
  expect(log.mock.calls[0]![0]).toContain('npm run tools');
});

test('nothing is said where nothing was skipped, or only by a filter', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  new SuiteReporter().onTestRunEnd([moduleOf('a'), moduleOf('b', undefined)]);
  expect(log).not.toHaveBeenCalled();
});

test('a run in which nothing happens is ended and fails, and every result begins the time anew', () => {
  vi.useFakeTimers();
  const before = process.exitCode;
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const vitest = { cancelCurrentRun: vi.fn(), exit: vi.fn() };
  const reporter = new SuiteReporter();
  reporter.onInit(vitest as unknown as Vitest);
  reporter.onTestRunStart();
  const [stuck, done] = [moduleOf('test/stuck.test.ts'), moduleOf('test/done.test.ts')];
  for (const module of [stuck, done]) reporter.onTestModuleQueued(module);
  const hour = 3_600_000;
  vi.advanceTimersByTime(1.9 * hour);
  reporter.onTestCaseResult();
  vi.advanceTimersByTime(1.9 * hour);
  reporter.onTestModuleEnd(done);
  vi.advanceTimersByTime(1.9 * hour);
  expect(vitest.exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(0.2 * hour);
  try {
    expect(process.exitCode).toBe(1);
  } finally {
    process.exitCode = before;
  }
  expect(vitest.exit).toHaveBeenCalledWith(true);
  expect(error.mock.calls).toEqual([['nothing has happened for 120 minutes in test/stuck.test.ts']]);
});

test('a run that ended is not ended again', () => {
  vi.useFakeTimers();
  const vitest = { cancelCurrentRun: vi.fn(), exit: vi.fn() };
  const reporter = new SuiteReporter({ stillMs: 10 });
  reporter.onInit(vitest as unknown as Vitest);
  reporter.onTestRunStart();
  reporter.onTestRunEnd([]);
  vi.advanceTimersByTime(100);
  expect(vitest.exit).not.toHaveBeenCalled();
});
