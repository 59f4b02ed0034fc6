/** Files that a model names beside itself. Their names come from a file that nobody vouches for. */

/** What a model says of such a file. */
export interface Companion {
  /** Relative to the folder of the model, which it does not leave. */
  readonly name: string;
  /** Up to where the model uses it: no more needs to be read. */
  readonly bytes: number;
  /** Whether nothing may follow. */
  readonly whole: boolean;
}

/** Whether a name stays in the folder of the model on every system. */
export function isCompanionName(name: string): boolean {
  const characters = !/[\\:\0]/.test(name) && !name.startsWith('/');
  return characters && name.split('/').every(part => part !== '' && part !== '.' && part !== '..');
}
