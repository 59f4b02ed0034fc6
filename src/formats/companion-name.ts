/** Names of files that a model names beside itself. They come from a file that nobody vouches for. */

/** Whether a name stays in the folder of the model on every system. */
export function isCompanionName(name: string): boolean {
  const characters = !/[\\:\0]/.test(name) && !name.startsWith('/');
  return characters && name.split('/').every(part => part !== '' && part !== '.' && part !== '..');
}
