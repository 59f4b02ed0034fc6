#!/usr/bin/env node
/**
 * Instructions that one inference takes on this host, counted with callgrind: whole layers against what is streamed.
 * `--rows` adds the programs that flow in rows, `--check` fails where a ratio is above 1.10, `--update` measures all and
 * rewrites instructions.json, `--json` prints counts. Needs gcc and valgrind.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, flags, here, markdown, network, writeFigures } from './support.mjs';

const NETWORKS = ['1.0-224', '0.35-96'];
const FLAGS = ['-std=c99', '-O3'];
const MOST = 1.1;

/** `layers` comes first: the others are compared with it, and programs in rows are linked with its kernels. */
const VARIANTS = [
  { key: 'layers', title: 'layer by layer', schedule: 'layers', input: 'caller', kernels: 'portable' },
  {
    key: 'streamedPixels',
    title: 'streamed input, pixels',
    schedule: 'stream',
    input: 'streamed',
    kernels: 'portable',
  },
  {
    key: 'residentPixels',
    title: 'resident input, pixels',
    schedule: 'stream',
    input: 'resident',
    kernels: 'portable',
  },
  { key: 'streamedRows', title: 'streamed input, rows', schedule: 'stream', input: 'streamed', kernels: 'cmsis-nn' },
  { key: 'residentRows', title: 'resident input, rows', schedule: 'stream', input: 'resident', kernels: 'cmsis-nn' },
];

class Unmeasured extends Error {}

/** Runs a program to its end and returns its standard output. */
function run(program, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    ...options,
  });
  if (error?.code === 'ENOENT') throw new Unmeasured(`${program} is not on this host; counting needs gcc and valgrind`);
  if (status !== 0) throw new Unmeasured(`${program} ${args[0]} failed:\n${stderr}`);
  return stdout;
}

/** Writes and builds one program; returns its instructions in one inference, and the checksum of its output. */
function measure(name, { key, schedule, input, kernels }, folder) {
  const { width, resolution } = network(name);
  const out = join(folder, key);
  const size = ['--model', 'mobilenet-v2', '--width', width, '--resolution', resolution, '--classes', '1000'];
  const how = ['--schedule', schedule, '--input', input, '--kernels', kernels];
  const output = ['--name', 'net', '--golden', '1', '--out', out, '--quiet', '--json'];
  run(process.execPath, [here('../dist/cli/main.js'), 'compile', ...size, ...how, ...output], { cwd: folder });

  const library = join(folder, 'layers', 'cmsis_nn');
  const sources = readdirSync(library).filter(file => file.endsWith('.c'));
  const program = join(folder, `${key}.out`);
  const files = [here('one-inference.c'), join(out, 'net.c'), join(out, 'net_weights.c')];
  const defines = input === 'resident' ? ['-DRESIDENT'] : [];
  const include = [`-I${out}`, `-I${library}`];
  run('gcc', [...FLAGS, ...defines, ...include, ...files, ...sources.map(file => join(library, file)), '-o', program]);

  const counts = join(folder, `${key}.callgrind`);
  // Only net_run and what it calls: neither the start of the process nor the making of the input.
  const tool = ['--tool=callgrind', `--callgrind-out-file=${counts}`, '--toggle-collect=net_run', '--quiet'];
  const checksum = run('valgrind', [...tool, program]).trim();
  const instructions = Number(/^(?:summary|totals): (\d+)$/m.exec(readFileSync(counts, 'utf8'))?.[1]);
  if (!(instructions > 0)) throw new Unmeasured('callgrind counted nothing');
  return { instructions, checksum };
}

/** All variants of one network, in a folder that is gone afterwards. */
function measureAll(name, variants) {
  const folder = mkdtempSync(join(tmpdir(), 'snug-bench-'));
  try {
    const results = variants.map(variant => {
      console.error(`${name}, ${variant.title}`);
      return [variant.key, measure(name, variant, folder)];
    });
    const checksums = new Set(results.map(([, { checksum }]) => checksum));
    if (checksums.size !== 1) {
      const each = results.map(([key, { checksum }]) => `${key} ${checksum}`).join(', ');
      throw new Unmeasured(`${name}: programs of one network put out different values: ${each}`);
    }
    return Object.fromEntries(results.map(([key, { instructions }]) => [key, instructions]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Four decimals say more than a run on another compiler repeats. */
const rounded = ratio => Math.round(ratio * 10_000) / 10_000;

function measureHost(variants) {
  const compiler = run('gcc', ['--version']).split('\n')[0];
  const valgrind = run('valgrind', ['--version']).trim();
  const libc = process.report.getReport().header.glibcVersionRuntime;
  const instructions = Object.fromEntries(NETWORKS.map(name => [name, measureAll(name, variants)]));
  const ratios = Object.fromEntries(
    NETWORKS.map(name => {
      const { layers, ...others } = instructions[name];
      return [name, Object.fromEntries(Object.entries(others).map(([key, count]) => [key, rounded(count / layers)]))];
    }),
  );
  const host = { architecture: process.arch, compiler, flags: FLAGS.join(' '), libc: libc ?? null, valgrind };
  return { host, instructions, ratios };
}

const { rows, check, update, json } = flags('rows', 'check', 'update', 'json');
const variants = VARIANTS.filter(({ kernels }) => rows || update || kernels === 'portable');
let figures;
try {
  figures = measureHost(variants);
} catch (error) {
  if (!(error instanceof Unmeasured)) throw error;
  fail(2, error.message);
}
const { host, instructions, ratios } = figures;

if (json) {
  console.log(JSON.stringify(figures));
} else {
  const counted = NETWORKS.flatMap(name =>
    variants.map(({ key, title }) => [
      `${name}, ${title}`,
      instructions[name][key].toLocaleString('en'),
      (ratios[name][key] ?? 1).toFixed(3),
    ]),
  );
  console.log(markdown(['one inference', 'instructions', 'against whole layers'], counted));
  console.log(`\n${host.compiler}, ${host.flags}; ${host.valgrind}; ${host.architecture}`);
}
if (update) writeFigures('instructions.json', figures);
if (check) {
  const above = NETWORKS.flatMap(name =>
    Object.entries(ratios[name])
      .filter(([, ratio]) => ratio > MOST)
      .map(([key, ratio]) => `${name}, ${key}: ${ratio} times the instructions of whole layers`),
  );
  if (above.length > 0) fail(1, [`above ${MOST.toFixed(2)}:`, ...above].join('\n  '));
}
