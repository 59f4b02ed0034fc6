import { defineConfig, type ViteUserConfig } from 'vitest/config';

const HOUR = 3_600_000;

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/compiler-cache.ts'],
    reporters: ['default', './test/support/reporter.ts'],
    // Tests start compilers and worker threads of their own: two files at a time keep two cores busy.
    pool: 'forks',
    maxWorkers: 2,
    // Time passes faster where others use the machine, with nothing wrong: the slowest test takes less than a minute of an
    // idle core. An hour is for what waits without end; the reporter ends what computes without end.
    testTimeout: HOUR,
    hookTimeout: HOUR,
    teardownTimeout: HOUR,
  },
});

export default config;
