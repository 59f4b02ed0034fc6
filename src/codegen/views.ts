/**
 * The view models that templates are rendered with, one interface for each template. A test checks every path in a
 * template against the type here, because Handlebars renders a misspelt path as nothing.
 */

/** What every file's banner needs. */
export interface FileView {
  readonly name: string;
  /** `name` in upper case, the prefix of macros. */
  readonly upper: string;
  readonly banner: string;
  readonly outputLicense: string;
  readonly weightsLicense: string;
}

export interface TensorView {
  readonly layout: string;
  readonly note: string;
  readonly dimensions: readonly { readonly label: string; readonly value: number }[];
  readonly bytes: number;
  readonly scale: string;
  readonly zeroPoint: number;
}

export interface PixelsView {
  readonly channels: number;
  readonly preprocessing: string;
  readonly colour: boolean;
  /** Input channel that takes each colour. */
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly tables: readonly { readonly values: string }[];
}

export interface HeaderView extends FileView {
  readonly title: string;
  readonly summary: readonly string[];
  readonly input: TensorView;
  readonly output: TensorView;
  readonly arenaBytes: number;
  /** An array in C has at least one element. */
  readonly arenaArrayBytes: number;
  readonly scratch: { readonly c: number; readonly dsp: number; readonly mve: number };
  readonly weightBytes: number;
  readonly alignment: number;
  readonly layerCount: number;
  readonly pixels: PixelsView | null;
  readonly classes: boolean;
}

export interface LayerView {
  readonly number: number;
  readonly label: string;
  readonly title: string;
  readonly function: string;
  readonly usesContext: boolean;
  readonly inputs: readonly { readonly variable: string; readonly pointer: string }[];
  readonly outputPointer: string;
  readonly outputBytes: number;
  readonly locals: readonly { readonly type: string; readonly name: string; readonly initializer: string }[];
  readonly returnsStatus: boolean;
  readonly call: string;
}

export interface ProgramView extends FileView {
  readonly title: string;
  readonly helpers: readonly { readonly source: string }[];
  readonly layers: readonly LayerView[];
  readonly usesArena: boolean;
  readonly usesContext: boolean;
  /** False where neither activations nor scratch are used. */
  readonly touchesArena: boolean;
  readonly pixels: PixelsView | null;
  readonly classes: boolean;
}

export interface TableView {
  readonly symbol: string;
  readonly type: string;
  readonly length: number;
  readonly comment: string;
  readonly values: string;
}

export interface WeightsView extends FileView {
  readonly weightBytes: number;
  readonly tables: readonly TableView[];
}

export interface CmakeView extends FileView {
  readonly portable: boolean;
  readonly kernelSources: readonly string[];
  readonly kernelTarget: string;
}

export interface GoldenView extends FileView {
  readonly vectorCount: number;
  readonly vectors: readonly { readonly input: string; readonly output: string; readonly layers: string }[];
}

/** The host program that `verify` and `eval` feed inputs to. */
export interface RunnerView {
  readonly name: string;
  readonly upper: string;
}

/** Which view each template takes. */
export interface TemplateViews {
  'header.h.hbs': HeaderView;
  'program.c.hbs': ProgramView;
  'weights.h.hbs': WeightsView;
  'weights.c.hbs': WeightsView;
  'CMakeLists.txt.hbs': CmakeView;
  'test/golden.h.hbs': GoldenView;
  'test/golden.c.hbs': GoldenView;
  'test/main.c.hbs': GoldenView;
  'host/runner.c.hbs': RunnerView;
}

export type TemplateName = keyof TemplateViews;
