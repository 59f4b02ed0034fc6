#!/usr/bin/env node
/**
 * Prices of kernels for the planner: instructions of every layer on cores without and with the DSP extension and with Helium,
 * counted in QEMU, layer by layer, in rows and in pixels, over the portable kernels and over CMSIS-NN; and for each kernel the
 * prices of `Amounts` (src/plan/stream/cost.ts) that explain them best, none below 0. Without flags it says how far the
 * committed prices are from what it counts, `--check` fails where one inference is off by more than a fifth, `--update`
 * rewrites src/plan/stream/kernel-prices.ts and costs.json. Needs CMSIS_NN_DIR, gcc-arm-none-eabi, QEMU and CMake.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTemplates } from '../dist/cli/files.js';
import { emitProgram } from '../dist/codegen/emit.js';
import { planMemory } from '../dist/plan/memory-plan.js';
import { scheduleLayers } from '../dist/plan/schedule.js';
import { selectKernels } from '../dist/plan/select-kernels.js';
import { chainOf } from '../dist/plan/stream/chain.js';
import { amountsOf, pricedKernel, scheduleCost } from '../dist/plan/stream/cost.js';
import { KERNEL_PRICES } from '../dist/plan/stream/kernel-prices.js';
import { planStream } from '../dist/plan/stream/plan-stream.js';
import { buildCmsisNn } from '../dist/toolchain/cmsis-nn.js';
import { readOutputFolder } from '../dist/toolchain/output-folder.js';
import { fail, flags, here, markdown, network, writeFigures } from './support.mjs';

/** Channels of every kind: eight, multiples of 16, and few of them. */
const NETWORKS = ['0.1-96', '0.35-96'];
const CORES = { c: 'mps2-an385', dsp: 'mps2-an386', mve: 'mps3-an547' };
const FORMS = {
  layers: null,
  rows: { kind: 'rows' },
  ...Object.fromEntries([4, 16, 64].map(count => [`pixels × ${count}`, { kind: 'pixels', count }])),
};
const TERMS = ['mac', 'output', 'pixel', 'call', 'channel', 'rest'];
const MOST = 0.2;

function snug(...args) {
  const command = [here('../dist/cli/main.js'), ...args, '--json', '--quiet'];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) fail(2, stderr);
  return JSON.parse(stdout);
}

/** The library for each core, built once, as a folder that `--cmsis-nn` takes. */
async function libraries(checkout, folder) {
  const built = {};
  for (const [core, target] of Object.entries(CORES)) {
    const { compiler, flags: own } = JSON.parse(readFileSync(here(`../targets/${target}/target.json`), 'utf8'));
    const buildFolder = join(folder, `build-${core}`);
    mkdirSync(buildFolder);
    const { includes, archive } = await buildCmsisNn({ path: checkout, compiler, flags: own, buildFolder });
    built[core] = join(folder, `library-${core}`);
    cpSync(includes[0], join(built[core], 'Include'), { recursive: true });
    cpSync(archive, join(built[core], 'libcmsis-nn.a'));
  }
  return built;
}

/** The network of an output folder in one form, written into a folder of its own. */
async function inForm(base, unit, folder, templates) {
  const { graph, manifest } = await readOutputFolder(base);
  const steps = selectKernels(graph, 'auto');
  const options = { input: 'resident', kernels: 'auto', budgetBytes: null, units: [unit] };
  const plan = unit === null ? planMemory(graph, scheduleLayers(steps)) : planStream(graph, steps, options);
  const program = { name: 'net', version: manifest.snug, graph, plan, kernels: 'auto', pixels: null, golden: [] };
  cpSync(base, folder, { recursive: true });
  for (const [path, text] of emitProgram(program, templates)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { plan, chain: chainOf(graph, steps) };
}

/** One row for each network, form, core and kernels: the whole inference, and its layers with amounts. */
async function measure(checkout, folder) {
  const built = await libraries(checkout, folder);
  const templates = await readTemplates();
  const runs = [];
  for (const name of NETWORKS) {
    const { width, resolution } = network(name);
    const base = join(folder, name);
    const size = ['--width', width, '--resolution', resolution, '--classes', '1000', '--samples', '1', '--golden', '1'];
    const how = ['--schedule', 'layers', '--input', 'caller', '--name', 'net', '--out', base];
    snug('compile', '--model', 'mobilenet-v2', ...size, ...how);
    for (const [form, unit] of Object.entries(FORMS)) {
      const out = join(folder, `${name}-${form.replace(/\W+/g, '-')}`);
      const { plan, chain } = await inForm(base, unit, out, templates);
      const units = plan.schedule.groups.flatMap(group =>
        group.steps.map(() => (group.kind === 'layers' ? null : group.unit)),
      );
      for (const [core, target] of Object.entries(CORES)) {
        for (const kernels of ['portable', 'cmsis-nn']) {
          console.error(`${name}, ${form}, ${core}, ${kernels}`);
          const library = kernels === 'portable' ? [] : ['--cmsis-nn', built[core]];
          const { instructions, layers } = snug('profile', out, '--target', target, ...library);
          const counts = new Map(layers.map(layer => [layer.name, layer.instructions]));
          const rows = chain.links.flatMap((link, i) => {
            const kernel = pricedKernel(link, units[i]);
            const counted = counts.get(link.step.node.name);
            return kernel === null || counted === undefined
              ? []
              : [{ kernel, counted, amounts: amountsOf(link, units[i], core) }];
          });
          runs.push({ name, form, core, kernels, instructions, rows, plan, chain });
        }
      }
    }
  }
  return runs;
}

/** Least squares with no term below 0, by one term at a time; rows weigh as their counts do. */
function fitted(rows) {
  const weighted = rows.map(({ counted, amounts }) => TERMS.map(term => amounts[term] / Math.sqrt(counted)));
  const largest = TERMS.map((_, j) => Math.max(1e-9, ...weighted.map(row => row[j])));
  const matrix = weighted.map(row => row.map((value, j) => value / largest[j]));
  const target = rows.map(({ counted }) => Math.sqrt(counted));
  const prices = TERMS.map(() => 0);
  for (let round = 0; round < 20_000; round += 1) {
    let moved = 0;
    TERMS.forEach((_, j) => {
      let [along, square] = [0, 0];
      matrix.forEach((row, i) => {
        const rest = row.reduce((sum, value, k) => (k === j ? sum : sum - value * prices[k]), target[i]);
        along += row[j] * rest;
        square += row[j] ** 2;
      });
      const next = square > 0 ? Math.max(0, along / square) : 0;
      moved = Math.max(moved, Math.abs(next - prices[j]));
      prices[j] = next;
    });
    if (moved < 1e-9) break;
  }
  const entries = TERMS.map((term, j) => [term, Number((prices[j] / largest[j]).toPrecision(3))]);
  return Object.fromEntries(entries.filter(([, price]) => price > 1e-3));
}

function pricesOf(runs) {
  const table = {};
  for (const core of Object.keys(CORES)) {
    table[core] = {};
    for (const kernels of ['portable', 'cmsis-nn']) {
      const rows = runs.filter(run => run.core === core && run.kernels === kernels).flatMap(run => run.rows);
      const names = [...new Set(rows.map(({ kernel }) => kernel))].sort();
      table[core][kernels] = Object.fromEntries(
        names.map(name => [name, fitted(rows.filter(({ kernel }) => kernel === name))]),
      );
    }
  }
  return table;
}

function source(table) {
  const key = name => (/^[a-z]\w*$/.test(name) ? name : `'${name}'`);
  const priceText = price =>
    `{ ${Object.entries(price)
      .map(([term, each]) => `${term}: ${each}`)
      .join(', ')} }`;
  const lines = Object.entries(table).flatMap(([core, sets]) => [
    `  ${core}: {`,
    ...Object.entries(sets).flatMap(([kernels, prices]) => [
      `    ${key(kernels)}: {`,
      ...Object.entries(prices).map(([name, price]) => `      ${key(name)}: ${priceText(price)},`),
      '    },',
    ]),
    '  },',
  ]);
  const text = readFileSync(here('../src/plan/stream/kernel-prices.ts'), 'utf8');
  return `${text.slice(0, text.indexOf('> = {\n') + '> = {\n'.length)}${lines.join('\n')}\n};\n`;
}

const { check, update, json } = flags('check', 'update', 'json');
const checkout = process.env.CMSIS_NN_DIR;
if (!checkout) fail(2, 'set CMSIS_NN_DIR to a checkout of CMSIS-NN');
const folder = mkdtempSync(join(tmpdir(), 'snug-bench-'));
let runs;
try {
  runs = await measure(checkout, folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const table = update ? pricesOf(runs) : KERNEL_PRICES;
const figures = Object.fromEntries(
  runs.map(({ name, form, core, kernels, instructions, plan, chain }) => {
    const estimate = Math.round(scheduleCost(chain, plan.schedule, { core, kernels: table[core][kernels] }));
    return [`${name} ${form} ${core} ${kernels}`, { instructions, estimate }];
  }),
);
if (json) console.log(JSON.stringify(figures));
else {
  const rows = Object.entries(figures).map(([row, { instructions, estimate }]) => [
    ...[row, String(instructions), String(estimate), (estimate / instructions).toFixed(3)],
  ]);
  console.log(markdown(['one inference', 'instructions', 'estimate', 'ratio'], rows));
}
if (update) {
  writeFileSync(here('../src/plan/stream/kernel-prices.ts'), source(table));
  writeFigures('costs.json', figures);
}
if (check) {
  const off = Object.entries(figures)
    .filter(([, { instructions, estimate }]) => Math.abs(estimate / instructions - 1) > MOST)
    .map(([row, { instructions, estimate }]) => `${row}: ${instructions}, estimated ${estimate}`);
  if (off.length > 0) fail(1, ['prices are off by more than a fifth:', ...off].join('\n  '));
}
