/** The view models of the files that make an output folder a module of another build system. */

/** What the banners need, as in `FileView` of `views.ts`, whose table these views belong to. */
interface BannerView {
  readonly name: string;
  readonly banner: string;
  readonly outputLicense: string;
}

/** C files by their paths below the output folder. */
interface SourcesView extends BannerView {
  /** Of the network itself. */
  readonly sources: readonly string[];
  /** Portable kernels; none where the output has none. */
  readonly kernelSources: readonly string[];
}

/** What package managers ask for besides. */
interface PackageView extends SourcesView {
  /** Version of snug: the same network compiled by another version is another library. */
  readonly version: string;
  /** SPDX expression over all that the library holds. */
  readonly license: string;
}

/** `zephyr/`. */
export interface ZephyrView extends SourcesView {
  /** `name` in upper case. */
  readonly upper: string;
  /** True where the portable kernels are emitted. */
  readonly portable: boolean;
  /** True where nothing may take their place. */
  readonly portableOnly: boolean;
}

/** The pack's description, and its licence. */
export interface PackView extends PackageView {
  readonly weightsLicense: string;
  /** `name` within the length that the format allows. */
  readonly component: string;
  /** True where there is a variant with the portable kernels. */
  readonly portable: boolean;
  /** True where there is one for CMSIS-NN. */
  readonly library: boolean;
  readonly headers: readonly string[];
  readonly kernelHeaders: readonly string[];
}

/** A layer of a csolution project. */
export interface LayerView extends SourcesView {
  /** True where the kernels are CMSIS-NN's. */
  readonly library: boolean;
  readonly headers: readonly string[];
  readonly kernelHeaders: readonly string[];
}

/** `library.json`. */
export interface PlatformioView extends PackageView {
  /** `name` as PlatformIO wants names: dashes in place of underscores. */
  readonly slug: string;
}

/** `library.properties` and the sketch. */
export interface ArduinoView extends BannerView {
  /** `name` in upper case, the prefix of macros. */
  readonly upper: string;
  readonly version: string;
  readonly license: string;
  /** True where the input has a place in the arena. */
  readonly residentInput: boolean;
  /** Rows of an input that is pushed; null where it is there as a whole. */
  readonly streamed: { readonly height: number } | null;
  /** True where the output is a vector, of which top-1 makes sense. */
  readonly classes: boolean;
}

/** `esp-idf/<name>/`. */
export type EspIdfView = PackageView;

/** Which view each template of an integration takes. */
export interface IntegrationTemplateViews {
  'integrations/zephyr/module.yml.hbs': ZephyrView;
  'integrations/zephyr/CMakeLists.txt.hbs': ZephyrView;
  'integrations/zephyr/Kconfig.hbs': ZephyrView;
  'integrations/cmsis-pack/pack.pdsc.hbs': PackView;
  'integrations/cmsis-pack/LICENSE.txt.hbs': PackView;
  'integrations/cmsis-pack/layer.clayer.yml.hbs': LayerView;
  'integrations/platformio/library.json.hbs': PlatformioView;
  'integrations/arduino/library.properties.hbs': ArduinoView;
  'integrations/arduino/Classify.ino.hbs': ArduinoView;
  'integrations/esp-idf/CMakeLists.txt.hbs': EspIdfView;
  'integrations/esp-idf/idf_component.yml.hbs': EspIdfView;
}
