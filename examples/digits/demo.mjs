#!/usr/bin/env node
/**
 * The whole way in one command: compiles the digits network to C, builds the C for this host, compares it with the
 * interpreter, classifies the test pictures, and prints what it all costs. Without gcc everything but the C is done, and the
 * last line says what was left out.
 */
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path => relative(process.cwd(), fileURLToPath(new URL(path, import.meta.url)));
const snug = here('../../dist/cli/main.js');
const out = here('build');

/** What a snug command prints, and its exit code; its log goes to the terminal as it comes. */
function ask(...args) {
  const options = { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' };
  const { status, stdout } = spawnSync(process.execPath, [snug, ...args, '--json'], options);
  return { status: status ?? 3, answer: stdout };
}

/** Runs one snug command, which must succeed, and returns the object that it prints. */
function run(...args) {
  console.log(`\n$ snug ${args.join(' ')}`);
  const { status, answer } = ask(...args);
  if (status !== 0) process.exit(status);
  return JSON.parse(answer);
}

// The doctor's exit code is 1 where any tool is missing, and most of them are not needed here.
const gcc = JSON.parse(ask('doctor').answer).tools.find(({ tool }) => tool === 'gcc');
const hasCompiler = gcc.version !== null;

const compiled = run('compile', '--config', here('snug.config.ts'), '--out', out);
const verified = hasCompiler ? run('verify', out) : null;
const evaluated = run('eval', out, '--images', here('images'), ...(hasCompiler ? [] : ['--no-c']));

const { images, top1 } = evaluated;
const percent = count => `${count} of ${images} (${((100 * count) / images).toFixed(1)} %)`;
const leftOut = 'left out: gcc is not installed';
const bytes = count => `${count.toLocaleString('en')} bytes`;
const { ram, flash, macs } = compiled;
const lines = [
  ['accuracy, float', percent(top1.float)],
  ['accuracy, int8 interpreter', percent(top1.int8)],
  ['accuracy, compiled C', hasCompiler ? percent(top1.c) : leftOut],
  [
    'C against interpreter',
    hasCompiler ? `${verified.differingBytes} of ${verified.comparedBytes.toLocaleString('en')} bytes differ` : leftOut,
  ],
  [
    'RAM',
    `${bytes(ram.totalBytes)} (arena ${bytes(ram.arenaBytes)}, with input, output and the most scratch of any core; stack on top)`,
  ],
  ['flash, weights', bytes(flash.weightsBytes)],
  ['work', `${(macs.network / 1e6).toFixed(2)} M multiply-accumulates a picture`],
];
console.log('');
for (const [label, value] of lines) console.log(`${label.padEnd(28)}${value}`);
console.log(`\nThe C is in ${out}: read ${out}/digits.h first.`);
if (!hasCompiler) {
  console.log(`
Left out: building the C for this host, comparing it with the interpreter byte for byte, and its accuracy. That takes gcc:
${gcc.install} installs it, and npm run tools everything that the tests use. Then npm run demo shows the rest.`);
}
