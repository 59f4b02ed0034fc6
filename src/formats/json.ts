/** JSON that nobody vouches for: what a value is, and how it reads in an error. */

/** Any JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MAX_QUOTED = 200;

/** A value for an error message, shortened; `missing` for undefined. */
export function quoted(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? 'missing').slice(0, MAX_QUOTED);
  } catch {
    return 'nested too deep';
  }
}
