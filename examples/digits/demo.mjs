#!/usr/bin/env node
/**
 * The whole way in one command: compiles the digits network to C, builds the C for this host, compares it with the
 * interpreter, classifies the test pictures, and prints what it all costs. Needs gcc.
 */
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path => relative(process.cwd(), fileURLToPath(new URL(path, import.meta.url)));
const snug = here('../../dist/cli/main.js');
const out = here('build');

/** Runs one snug command and returns the object that it prints; its log goes to the terminal as it comes. */
function run(...args) {
  console.log(`\n$ snug ${args.join(' ')}`);
  const { status, stdout } = spawnSync(process.execPath, [snug, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) process.exit(status ?? 3);
  return JSON.parse(stdout);
}

const compiled = run('compile', '--config', here('snug.config.ts'), '--out', out);
const verified = run('verify', out);
const evaluated = run('eval', out, '--images', here('images'));

const { images, top1 } = evaluated;
const percent = count => `${count} of ${images} (${((100 * count) / images).toFixed(1)} %)`;
const bytes = count => `${count.toLocaleString('en')} bytes`;
const { ram, flash, macs } = compiled;
const lines = [
  ['accuracy, float', percent(top1.float)],
  ['accuracy, int8 interpreter', percent(top1.int8)],
  ['accuracy, compiled C', percent(top1.c)],
  [
    'C against interpreter',
    `${verified.differingBytes} of ${verified.comparedBytes.toLocaleString('en')} bytes differ`,
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
