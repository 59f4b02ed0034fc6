#!/usr/bin/env node
/**
 * Top-1 of MobileNetV2 1.0 over the 500 labelled pictures of the shared data: float, and the compiled C for each preset of
 * quantization, at four resolutions. Calibrated with 100 of the pictures. Takes most of an hour for all, a few minutes for
 * `--96`, the resolution alone. `--update` writes accuracy.json, `--check` fails where a figure has fallen by more than three pictures.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, flags, markdown, readFigures, writeFigures } from './support.mjs';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const DATA = process.env.SNUG_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url));
const MODEL = join(DATA, 'models/mobilenet_v2_1.0_224_float.onnx');
const PICTURES = join(DATA, 'imagenet-500');

const RESOLUTIONS = [224, 160, 128, 96];
/** The last one is evaluated beside float, whose figures do not depend on it. Sizes below the first take `everywhere` only. */
const VARIANTS = [
  { key: 'fast', everywhere: true, flags: ['--quantize', 'fast'] },
  { key: 'balanced', flags: ['--quantize', 'balanced'] },
  { key: 'fastTensor', flags: ['--quantize', 'fast', '--weight-scales', 'tensor'] },
  { key: 'bestTensor', flags: ['--quantize', 'best', '--weight-scales', 'tensor'] },
  { key: 'best', everywhere: true, flags: ['--quantize', 'best'] },
];
const variantsOf = resolution => VARIANTS.filter(({ everywhere }) => everywhere || resolution === RESOLUTIONS[0]);

/** Pictures that a change of rounding may flip without any fault. */
const TOLERANCE = 3;

/** What a command prints as JSON; its progress is not shown. */
function snug(...args) {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] };
  return JSON.parse(execFileSync(process.execPath, [CLI, ...args, '--json', '--quiet'], options));
}

/** Pictures that are right at one resolution: `float`, and the C of every variant. */
function measure(resolution, folder) {
  const row = {};
  for (const { key, flags } of variantsOf(resolution)) {
    const out = join(folder, `${key}-${resolution}`);
    const size = ['--resolution', String(resolution)];
    snug('compile', '--model', MODEL, ...size, '--images', PICTURES, '--samples', '100', '--out', out, ...flags);
    const reference = key === 'best' ? [] : ['--no-reference'];
    const { top1, flips } = snug('eval', out, '--images', PICTURES, ...reference);
    row[key] = top1.c;
    if (key === 'best') Object.assign(row, { float: top1.float, bestLost: flips.lost, bestGained: flips.gained });
    process.stderr.write(`${resolution} ${key}: ${top1.c}\n`);
  }
  return row;
}

const { update, check, ...sizes } = flags('update', 'check', ...RESOLUTIONS.map(String));
const chosen = RESOLUTIONS.filter(resolution => sizes[resolution]);
const only = chosen.length === 0 ? RESOLUTIONS : chosen;
if (!existsSync(MODEL))
  fail(2, `nothing was measured: there is no ${MODEL}; SNUG_DATA names the folder of the shared data`);

const folder = mkdtempSync(join(tmpdir(), 'snug-accuracy-'));
try {
  const top1 = Object.fromEntries(only.map(resolution => [resolution, measure(resolution, folder)]));
  const committed = readFigures('accuracy.json').top1;
  if (update) writeFigures('accuracy.json', { top1: { ...committed, ...top1 } });
  const keys = ['float', ...VARIANTS.map(({ key }) => key), 'bestLost', 'bestGained'];
  const rows = only.map(resolution => [String(resolution), ...keys.map(key => String(top1[resolution][key] ?? ''))]);
  process.stdout.write(`${markdown(['top-1 of 500', ...keys], rows)}\n`);
  if (check) {
    const fallen = only.flatMap(resolution =>
      variantsOf(resolution)
        .filter(({ key }) => top1[resolution][key] < (committed[resolution]?.[key] ?? 0) - TOLERANCE)
        .map(({ key }) => `${resolution} ${key}: ${top1[resolution][key]}, committed ${committed[resolution][key]}`),
    );
    for (const line of fallen) process.stderr.write(`${line}\n`);
    if (fallen.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
