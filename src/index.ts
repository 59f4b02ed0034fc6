/** The public API of snug. */
export { defineConfig } from './config/define-config.ts';
export type { CalibrationOptions, LabelOptions, NetworkModel, SnugConfig } from './config/snug-config.ts';
export { type MobilenetV2Options, mobilenetV2 } from './models/mobilenet-v2.ts';
export type { PreprocessOptions } from './pictures/preprocess.ts';
