#!/usr/bin/env node
/**
 * Instructions of one inference on Arm cores, counted in QEMU with `snug profile`: layer by layer, streamed, and as `auto`
 * chooses for the board. `--check` fails where a count is more than 1 % above cores.json, `--update` measures all and rewrites it, `--json` prints counts.
 * With CMSIS_NN_DIR set to a checkout of CMSIS-NN its kernels are counted too. Needs gcc-arm-none-eabi and QEMU.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, flags, here, markdown, network, readFigures, writeFigures } from './support.mjs';

const NETWORKS = ['1.0-224', '1.0-96', '0.35-96'];
const CORES = { m4: 'mps2-an386', m7: 'mps2-an500', m55: 'mps3-an547' };
/** `auto` leaves the schedule to snug, which chooses for the core and the memory of the machine. */
const VARIANTS = {
  layers: () => ['--schedule', 'layers', '--input', 'caller'],
  streamed: () => ['--schedule', 'stream', '--input', 'streamed'],
  auto: (target, kind) => ['--target', target, ...(kind === 'portable' ? ['--kernels', 'portable'] : [])],
};
/** Another build of the same compiler may choose other instructions. */
const MOST = 1.01;

function snug(...args) {
  const command = [here('../dist/cli/main.js'), ...args, '--json', '--quiet'];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) fail(2, stderr);
  return JSON.parse(stdout);
}

/** Counts by network, variant, kernels and core. */
function measure(folder) {
  const library = process.env.CMSIS_NN_DIR;
  const kernels = { portable: [], ...(library ? { 'cmsis-nn': ['--cmsis-nn', library] } : {}) };
  const counts = {};
  for (const name of NETWORKS) {
    const { width, resolution } = network(name);
    const size = ['--model', 'mobilenet-v2', '--width', width, '--resolution', resolution, '--classes', '1000'];
    for (const [variant, how] of Object.entries(VARIANTS)) {
      for (const [kind, library] of Object.entries(kernels)) {
        for (const [core, target] of Object.entries(CORES)) {
          console.error(`${name}, ${variant}, ${kind}, ${core}`);
          const choice = how(target, kind);
          const out = join(folder, [name, ...choice].join(''));
          if (!existsSync(out))
            snug('compile', ...size, ...choice, '--samples', '1', '--golden', '1', '--name', 'net', '--out', out);
          const { instructions, macs } = snug('profile', out, '--target', target, ...library);
          counts[`${name} ${variant} ${kind} ${core}`] = { instructions, macs };
        }
      }
    }
  }
  return counts;
}

const { check, update, json } = flags('check', 'update', 'json');
const folder = mkdtempSync(join(tmpdir(), 'snug-bench-'));
let counts;
try {
  counts = measure(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

if (json) {
  console.log(JSON.stringify(counts));
} else {
  const rows = [...new Set(Object.keys(counts).map(key => key.slice(0, key.lastIndexOf(' '))))].map(row => [
    row,
    ...Object.keys(CORES).map(core => {
      const { instructions, macs } = counts[`${row} ${core}`];
      return `${(instructions / 1e6).toFixed(1)} M (${(instructions / macs).toFixed(2)})`;
    }),
  ]);
  console.log(markdown(['one inference: instructions (a MAC)', 'Cortex-M4', 'Cortex-M7', 'Cortex-M55'], rows));
}
if (update) writeFigures('cores.json', counts);
if (check) {
  const committed = readFigures('cores.json');
  const above = Object.entries(counts)
    .filter(([key, { instructions }]) => committed[key] && instructions > MOST * committed[key].instructions)
    .map(([key, { instructions }]) => `${key}: ${instructions}, before ${committed[key].instructions}`);
  if (above.length > 0) fail(1, ['more instructions than before:', ...above].join('\n  '));
}
