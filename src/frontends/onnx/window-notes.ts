/**
 * What an exported file can no longer say about its windows once the resolution changes. Exporters write numbers where the
 * network had a rule: TensorFlow's "same" padding becomes explicit pads, and a global average pool becomes a window of the
 * whole map. A network is therefore converted at its own resolution first, and the notes of that decide what the numbers
 * mean at another one.
 */

/** Findings about the windows of a network, keyed by the name of the ONNX value that a window computes. */
export interface WindowNotes {
  /** Windows whose explicit pads equal those of "same". */
  readonly same: Set<string>;
  /** Those of them whose pads are not the same on both sides. */
  readonly asymmetric: Set<string>;
  /** Pooling windows that cover the whole map. */
  readonly whole: Set<string>;
}

/** For a conversion to write its findings into. */
export function emptyNotes(): WindowNotes {
  return { same: new Set(), asymmetric: new Set(), whole: new Set() };
}

/**
 * Whether explicit pads stood for the rule "same". Symmetric pads do so only in a network where other windows have
 * asymmetric ones that follow the rule: PyTorch pads symmetrically at every resolution, which equals "same" at some.
 */
export function stoodForSame(exported: WindowNotes | null, value: string): boolean {
  return exported !== null && exported.asymmetric.size > 0 && exported.same.has(value);
}

/** Whether a pooling window stood for the whole map. */
export function stoodForWhole(exported: WindowNotes | null, value: string): boolean {
  return exported?.whole.has(value) ?? false;
}
