/** The views of the files that make a program of a board: start-up, linker script, and what runs there. */

/** `firmware/startup.c`. */
export interface StartupView {
  readonly banner: string;
  readonly board: string;
  readonly core: string;
  /** Floating point or vectors have to be switched on. */
  readonly coprocessors: boolean;
  /** The clock counts SysTick's interrupts. */
  readonly systick: boolean;
  /** The boot ROM wants a block that says what the image is. */
  readonly imageDefinition: boolean;
}

/** `firmware/ticks_cmsdk.c`. */
export interface TimerView {
  /** Address of the timer's registers, a C constant. */
  readonly timer: string;
}

/** A section and the region that it goes to. */
interface SectionView {
  readonly section: string;
  readonly region: string;
}

/** `firmware/linker.ld`. Addresses and sizes are C constants. */
export interface LinkerView {
  readonly banner: string;
  readonly board: string;
  readonly regions: readonly {
    readonly name: string;
    readonly access: string;
    readonly address: string;
    readonly size: string;
  }[];
  readonly code: string;
  readonly constants: string;
  readonly constantsWithCode: boolean;
  readonly data: string;
  readonly weights: readonly SectionView[];
  readonly arenas: readonly SectionView[];
  readonly stackBytes: number;
}

/** What runs a network on a board, without knowing what it computes. */
export interface BoardRunnerView {
  readonly name: string;
  readonly upper: string;
  readonly banner: string;
}

/** `firmware/self_test.c`. Checksums are C constants. */
export interface SelfTestView extends BoardRunnerView {
  readonly board: string;
  readonly expectedOutput: string;
  /** A C list, wrapped. */
  readonly layers: string;
  readonly seed: string;
  readonly streamed: boolean;
  readonly callerInput: boolean;
  readonly rowBytes: number;
  readonly height: number;
}
