/**
 * The view models that templates are rendered with, one interface for each template. A test checks every path in a
 * template against the type here, because Handlebars renders a misspelt path as nothing.
 */

import type { ArenaPartView, MemoryView, SectionMacroView } from './arena-views.ts';
import type { BoardRunnerView, LinkerView, SelfTestView, StartupView, TimerView } from './firmware-views.ts';
import type { BodyView, FlowView, PixelsView, StreamedView, WindowView } from './flow-views.ts';
import type { IntegrationTemplateViews } from './integration-views.ts';

/** What every file's banner needs. */
export interface FileView {
  readonly name: string;
  /** `name` in upper case, the prefix of macros. */
  readonly upper: string;
  /** Who wrote the file and whose it is. */
  readonly banner: string;
  /** SPDX identifiers: of the emitted code, and of the weights in it. */
  readonly outputLicense: string;
  readonly weightsLicense: string;
}

/** The network's input or output as the header's macros state it. */
export interface TensorView {
  /** For a comment: the order of the elements. */
  readonly layout: string;
  readonly note: string;
  /** Suffix of the macro and size in elements. */
  readonly dimensions: readonly { readonly label: string; readonly value: number }[];
  readonly bytes: number;
  /** A C constant with its decimal value in a comment. */
  readonly scale: string;
  readonly zeroPoint: number;
}

/** `<name>.h`. Sizes and alignment are bytes. */
export interface HeaderView extends FileView {
  readonly title: string;
  /** Lines of the comment on top: memory, and what the user must know. */
  readonly summary: readonly string[];
  readonly input: TensorView;
  readonly output: TensorView;
  readonly arenaBytes: number;
  /** An array in C has at least one element. */
  readonly arenaArrayBytes: number;
  /** The parts of an arena that lies in several regions; null where it is in one piece. */
  readonly parts: readonly ArenaPartView[] | null;
  /** Where the arena's variables go. */
  readonly sections: readonly SectionMacroView[];
  /** True where there is no scratch, so that CMSIS-NN must not be linked. */
  readonly portableOnly: boolean;
  readonly scratch: {
    readonly c: number;
    readonly dsp: number;
    readonly mve: number;
    /** With armclang and the DSP extension; null where that needs no more than gcc. */
    readonly armclang: number | null;
  };
  readonly weightBytes: number;
  readonly alignment: number;
  readonly layerCount: number;
  /** Rows, and pixels of a row, where the input is pushed; null where it is there as a whole. */
  readonly streamed: { readonly height: number; readonly width: number } | null;
  /** True where the arena has room for the input. */
  readonly residentInput: boolean;
  /** Counters of flows in the arena; 0 without any. */
  readonly states: number;
  readonly pixels: PixelsView | null;
  /** True where the output is a vector, of which top-1 makes sense. */
  readonly classes: boolean;
}

/** A function around one kernel call. */
export interface KernelFunctionView {
  /** What the function returns where the kernel refuses its arguments. */
  readonly number: number;
  /** For the comment in front of the function. */
  readonly title: string;
  readonly function: string;
  /** Declarations of the parameters. */
  readonly parameters: string;
  readonly locals: readonly {
    /** `static const`, or `const` where a field is known at run time only. */
    readonly storage: string;
    readonly type: string;
    readonly name: string;
    readonly initializer: string;
  }[];
  readonly returnsStatus: boolean;
  /** The call with all its arguments, as C text. */
  readonly call: string;
}

/** `<name>.c`. */
export interface ProgramView extends FileView {
  readonly title: string;
  /** True where there is no scratch, so that CMSIS-NN must not be linked. */
  readonly portableOnly: boolean;
  /** Functions that CMSIS-NN does not have, each with the text of its definition. */
  readonly helpers: readonly { readonly source: string }[];
  readonly windows: readonly WindowView[];
  readonly functions: readonly KernelFunctionView[];
  readonly layers: readonly { readonly label: string }[];
  /** Text of each flow. */
  readonly flows: readonly { readonly source: string }[];
  /** Where the input is pushed: the text of the functions for it, and the count at which it is complete. */
  readonly streamed: { readonly source: string; readonly inputUnits: number; readonly height: number } | null;
  /** Where the input lies in the arena; null where it does not. */
  readonly residentInput: { readonly pointer: string } | null;
  readonly body: readonly BodyView[];
  /** Variables that hold the addresses of the arena's arrays. */
  readonly memories: readonly MemoryView[];
  readonly usesContext: boolean;
  /** The address of the scratch. */
  readonly scratch: string;
  /** False where neither activations nor scratch are used. */
  readonly touchesArena: boolean;
  readonly pixels: PixelsView | null;
  readonly classes: boolean;
}

/** One constant table. */
export interface TableView {
  readonly symbol: string;
  readonly type: string;
  /** In elements of `type`. */
  readonly length: number;
  readonly comment: string;
  /** Empty in the header, which declares only. */
  readonly values: string;
  /** The macro that places it. */
  readonly section: string;
}

/** Both files of the weights; `weightBytes` is the sum over all tables. */
export interface WeightsView extends FileView {
  readonly weightBytes: number;
  readonly tables: readonly TableView[];
  /** Regions of a board that the tables go to, with their macros; none without a board. */
  readonly sections: readonly { readonly macro: string; readonly section: string }[];
}

/** The linker snippet for a board. */
export interface PlacementView extends FileView {
  readonly target: string;
  /** Regions with what the network takes of them; addresses are C constants. */
  readonly regions: readonly {
    readonly name: string;
    readonly address: string;
    readonly size: string;
    readonly used: string;
    readonly access: string;
  }[];
  readonly weights: readonly { readonly region: string; readonly section: string }[];
  readonly arenas: readonly { readonly region: string; readonly section: string }[];
}

/** `CMakeLists.txt`; sources are file names in `cmsis_nn/`. */
export interface CmakeView extends FileView {
  /** True where the portable kernels are emitted. */
  readonly portable: boolean;
  /** True where nothing may take their place, because there is no scratch for it. */
  readonly portableOnly: boolean;
  /** True where the golden test is emitted. */
  readonly goldenTest: boolean;
  readonly kernelSources: readonly string[];
  /** Reference to the variable that names the library of kernels. */
  readonly kernelTarget: string;
}

/** The golden test; values are C initializers, `layers` the checksums of the layers in order. */
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
export interface TemplateViews extends IntegrationTemplateViews {
  'header.h.hbs': HeaderView;
  'program.c.hbs': ProgramView;
  'flow.c.hbs': FlowView;
  'streamed.c.hbs': StreamedView;
  'weights.h.hbs': WeightsView;
  'weights.c.hbs': WeightsView;
  'CMakeLists.txt.hbs': CmakeView;
  'test/golden.h.hbs': GoldenView;
  'test/golden.c.hbs': GoldenView;
  'test/main.c.hbs': GoldenView;
  'host/runner.c.hbs': RunnerView;
  'board.ld.hbs': PlacementView;
  'firmware/startup.c.hbs': StartupView;
  'firmware/ticks_cmsdk.c.hbs': TimerView;
  'firmware/linker.ld.hbs': LinkerView;
  'firmware/self_test.c.hbs': SelfTestView;
  'firmware/runner.c.hbs': BoardRunnerView;
}

/** Path of a template below `templates/`. */
export type TemplateName = keyof TemplateViews;
