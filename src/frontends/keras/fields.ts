/** Reading Keras's JSON without trust: refusals, and the settings of one layer by name and type. */
import { malformedFile } from '../../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../../diagnostics/diagnostic.ts';
import { type Fields, quoted } from '../../formats/json.ts';

/** A configuration has about 1000 characters a layer; parsed JSON may take a hundred times the memory of its text. */
const MAX_CHARACTERS = 2 ** 22;

/** Throws `malformedFile` for a file of Keras, or of TF.js, which has Keras's configuration inside. */
export function refuseFile(problem: string, origin: Origin): never {
  throw new SnugError(malformedFile({ format: 'Keras', problem }, origin));
}

/** Parses a configuration; undefined where it is no JSON, or so long that it is none of a network. */
export function parseJson(source: string | Uint8Array): unknown {
  if (source.length > MAX_CHARACTERS) return undefined;
  try {
    return JSON.parse(typeof source === 'string' ? source : new TextDecoder().decode(source)) as unknown;
  } catch {
    return undefined;
  }
}

/** The `config` of a layer. A field that is absent or null has the value that Keras gives it; of another type it is refused. */
export class Settings {
  readonly #fields: Fields;
  readonly #origin: Origin;

  constructor(fields: Fields, origin: Origin) {
    this.#fields = fields;
    this.#origin = origin;
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #read<T>(name: string, fallback: T, isRight: (value: unknown) => value is T): T {
    const value = this.raw(name) ?? fallback;
    return isRight(value) ? value : refuseFile(`${name} is ${quoted(value)}`, this.#origin);
  }

  number(name: string, fallback: number): number {
    return this.#read(name, fallback, (value): value is number => Number.isFinite(value));
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.#read(name, fallback, (value): value is boolean => typeof value === 'boolean');
  }

  string(name: string, fallback: string): string {
    return this.#read(name, fallback, (value): value is string => typeof value === 'string');
  }

  /** A whole number of at least 1. */
  size(name: string, fallback?: number): number {
    const value = this.number(name, fallback ?? 0);
    return isSize(value) ? value : refuseFile(`${name} is ${quoted(this.raw(name))}`, this.#origin);
  }

  /** Sizes along height and width; one number stands for both. */
  pair(name: string, fallback?: number): readonly [number, number] {
    const value = this.raw(name) ?? fallback;
    if (isSize(value)) return [value, value];
    if (Array.isArray(value) && value.length === 2 && value.every(isSize)) return [value[0]!, value[1]!];
    return refuseFile(`${name} is ${quoted(value)}`, this.#origin);
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
