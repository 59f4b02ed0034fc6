/** The view models of what lies in memory: arrays of the arena, and the macros that place things. */

/** A part of an arena that lies in several regions. */
export interface ArenaPartView {
  readonly region: string;
  /** In macros, and as a member. */
  readonly upper: string;
  readonly member: string;
  readonly activationBytes: number;
  readonly scratch: boolean;
}

/** A local variable that holds the address of an array of the arena. */
export interface MemoryView {
  readonly variable: string;
  readonly pointer: string;
}

/** A stretch of the arena: a C expression of `arena`, and bytes. */
export interface StretchView {
  readonly pointer: string;
  readonly bytes: number;
}

/** A macro that places something, and the section that it stands for where nothing else is said; null for none. */
export interface SectionMacroView {
  readonly macro: string;
  readonly section: string | null;
}
