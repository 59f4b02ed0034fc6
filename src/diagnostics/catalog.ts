/**
 * Every diagnostic of snug, in one place, with a file for each hundred. A code is written down once and keeps its meaning for
 * ever: 1xx command line, files and configuration; 2xx model files and weights; 3xx graphs; 4xx calibration and
 * quantization; 5xx the host's tools; 6xx what does not fit; 9xx what was emitted.
 */
export * from './catalog/command-line.ts';
export * from './catalog/emitted.ts';
export * from './catalog/graphs.ts';
export * from './catalog/memory.ts';
export * from './catalog/models.ts';
export * from './catalog/quantization.ts';
export * from './catalog/tools.ts';
