/** What zod found, as sentences that show the value and what was expected of it. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** One thing wrong with a configuration: the property, by keys and indices, and a sentence that names it. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
}

/** Zod's names of types, in the words of a sentence. */
const KINDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  object: 'an object',
  tuple: 'a list',
  array: 'a list',
};

/** What was expected, out of zod's message, or null where the message is a sentence of the schema's own. */
function expectationOf(message: string): string | null {
  const expected = /expected (.*)/.exec(message)?.[1];
  if (expected === undefined) return null;
  return expected
    .replace(/, received .*/, '')
    .replace(/^\w+/, kind => KINDS[kind] ?? kind)
    .replace(' to be >=', ' of at least ')
    .replace(' to be <=', ' of at most ')
    .replace(' to be >', ' above ')
    .replace(' to be <', ' below ');
}

/** `model.blocks[0][2]`; the configuration itself has no name. */
function nameOf(path: readonly PropertyKey[]): string {
  const name = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return name === '' ? 'the configuration' : name.replace(/^\./, '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => Object(inner)[key], value);
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A union reports all its branches; the one that the value was meant for is the one whose type it has. */
function resolveUnion(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isOfOtherType = (branch: readonly Issue[]): boolean =>
    branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  const meant = issue.errors.find(branch => !isOfOtherType(branch));
  if (meant !== undefined) {
    return meant.flatMap(inner => resolveUnion({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  const kinds = issue.errors.map(([first]) => (first?.code === 'invalid_type' ? first.expected : 'another value'));
  return [{ ...issue, message: `expected ${kinds.map(kind => KINDS[kind] ?? kind).join(' or ')}` }];
}

/** The issues of a configuration that the schema refused, in zod's order; each unknown field is an issue of its own. */
export function issuesOf(error: z.core.$ZodError, config: unknown): readonly ConfigIssue[] {
  return error.issues.flatMap(resolveUnion).flatMap((issue): readonly ConfigIssue[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(key => {
        const path = [...issue.path, key];
        return { path, problem: `${nameOf(path)} is no field of a configuration` };
      });
    }
    const { path } = issue;
    // Zod begins with what kind of problem it is; the value shows that better.
    const expected = expectationOf(issue.message);
    if (expected === null) return [{ path, problem: `${nameOf(path)}: ${issue.message}` }];
    return [{ path, problem: `${nameOf(path)} is ${show(valueAt(config, path))}; expected ${expected}` }];
  });
}
