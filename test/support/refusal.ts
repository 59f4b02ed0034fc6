/** The diagnostic that a call is refused with; anything else that it does fails the test. */
import { type Diagnostic, SnugError } from '../../src/diagnostics/diagnostic.ts';

export function refusalOf(action: () => unknown): Diagnostic {
  try {
    action();
  } catch (error) {
    if (error instanceof SnugError && error.diagnostics.length === 1) return error.diagnostics[0]!;
    throw error;
  }
  throw new Error('the call was expected to be refused, and returned');
}

/** The same of a call that answers later. */
export async function refusalFrom(action: () => Promise<unknown>): Promise<Diagnostic> {
  const outcome = await action().then(
    () => null,
    (error: unknown) => ({ error }),
  );
  return refusalOf(() => {
    if (outcome !== null) throw outcome.error;
  });
}
