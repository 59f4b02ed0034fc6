#!/usr/bin/env node
/**
 * Bytes of arena that MobileNetV2 takes, layer by layer and streamed, for seven sizes of it. `--check` fails where a
 * figure is larger than the one in memory.json, `--update` rewrites that file, `--json` prints bytes.
 */
import { mobilenetV2 } from '../dist/models/mobilenet-v2.js';
import { blankParameters } from '../dist/models/parameter-source.js';
import { quantizeForPlanning } from '../dist/passes/quantize-for-planning.js';
import { planNetwork, ramOf } from '../dist/plan/plan-network.js';
import { fail, flags, markdown, network, readFigures, writeFigures } from './support.mjs';

const NETWORKS = ['1.0-224', '1.0-160', '1.0-96', '0.5-160', '0.35-224', '0.35-144', '0.35-96'];

/** CMSIS-NN's functions take whole rows; snug's own can take a few pixels at a time. */
const VARIANTS = [
  { key: 'layers', title: 'layer by layer', schedule: 'layers', input: 'caller', kernels: 'portable' },
  { key: 'streamedRows', title: 'streamed input, rows', schedule: 'stream', input: 'streamed', kernels: 'cmsis-nn' },
  {
    key: 'streamedPixels',
    title: 'streamed input, pixels',
    schedule: 'stream',
    input: 'streamed',
    kernels: 'portable',
  },
  { key: 'residentRows', title: 'resident input, rows', schedule: 'stream', input: 'resident', kernels: 'cmsis-nn' },
  {
    key: 'residentPixels',
    title: 'resident input, pixels',
    schedule: 'stream',
    input: 'resident',
    kernels: 'portable',
  },
];

/** What `snug plan` reports as `ram.arenaBytes`, without a process for each figure. */
function measure(name) {
  const { width, resolution } = network(name);
  const options = { width: Number(width), resolution: Number(resolution), classes: 1000 };
  const graph = quantizeForPlanning(mobilenetV2(options, blankParameters()), { softmax: false });
  return Object.fromEntries(
    VARIANTS.map(({ key, schedule, input, kernels }) => {
      const plan = planNetwork(graph, { schedule, input, kernels, ramBytes: null });
      return [key, ramOf(graph, plan).arena];
    }),
  );
}

/** Every figure that differs from the committed one, in words. */
function differences(arenaBytes, committed) {
  const larger = [];
  const smaller = [];
  for (const name of NETWORKS) {
    for (const { key, title } of VARIANTS) {
      const bytes = arenaBytes[name][key];
      const before = committed[name]?.[key];
      const figure = `${name}, ${title}: ${bytes} bytes`;
      if (before === undefined) larger.push(`${figure}, none committed`);
      else if (bytes > before) larger.push(`${figure}, ${bytes - before} more than the ${before} committed`);
      else if (bytes < before) smaller.push(`${figure}, ${before - bytes} fewer than the ${before} committed`);
    }
  }
  return { larger, smaller };
}

const { check, update, json } = flags('check', 'update', 'json');
const arenaBytes = Object.fromEntries(NETWORKS.map(name => [name, measure(name)]));

if (json) {
  console.log(JSON.stringify({ arenaBytes }));
} else {
  const kibibytes = bytes => (bytes / 1024).toFixed(1);
  const rows = NETWORKS.map(name => [name, ...VARIANTS.map(({ key }) => kibibytes(arenaBytes[name][key]))]);
  console.log(markdown(['KiB of arena', ...VARIANTS.map(({ title }) => title)], rows));
}
if (check) {
  const { larger, smaller } = differences(arenaBytes, readFigures('memory.json').arenaBytes);
  if (smaller.length > 0) console.error(['smaller, to be kept with --update:', ...smaller].join('\n  '));
  if (larger.length > 0) fail(1, ['the arena has grown:', ...larger].join('\n  '));
}
if (update) writeFigures('memory.json', { arenaBytes });
