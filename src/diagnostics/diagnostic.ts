/**
 * What a diagnostic is: a stable code, a sentence that says what is wrong, where it is wrong, and what to change.
 * Constructors live in `catalog.ts`; rendering lives in `render.ts`.
 */

/** Where a problem lies. Every field is optional, but a diagnostic about a file or a layer always names it. */
export interface Origin {
  readonly file?: string;
  /** 1-based line and column in `file`. */
  readonly line?: number;
  readonly column?: number;
  /** Name of the graph node, as the source file or the builder gave it. */
  readonly layer?: string;
  readonly tensor?: string;
}

/** `usage` exits with 2 (wrong usage or input), `answer` with 1 (the answer is no). */
export type Severity = 'usage' | 'answer';

/** One thing wrong, as `--json` prints it. */
export interface Diagnostic {
  /** `SNUG` and three digits; a code never changes its meaning. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
  readonly origin: Origin;
}

export type DiagnosticConstructor<Details> = (details: Details, origin?: Origin) => Diagnostic;

/** Declares one kind of diagnostic. The code is written down at the declaration and never reused. */
export function define<Details>(
  code: string,
  severity: Severity,
  message: (details: Details) => string,
  hint: (details: Details) => string,
): DiagnosticConstructor<Details> {
  return (details, origin = {}) => ({ code, severity, message: message(details), hint: hint(details), origin });
}

/** The only error that snug throws on purpose: one or more diagnostics, never shown as a stack trace. */
export class SnugError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(d => `${d.code}: ${d.message}`).join('\n'));
    this.name = 'SnugError';
    this.diagnostics = diagnostics;
  }
}
