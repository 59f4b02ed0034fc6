/** Refusals of the command line: the one form that all of them have. */
import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import { z } from 'zod';
import { type Finished, jsonOf, snug } from './snug.ts';

interface Refusal {
  readonly code: string;
  readonly severity: 'usage' | 'answer';
  readonly message: string;
  readonly hint: string;
  readonly origin: {
    readonly file?: string | undefined;
    readonly line?: number | undefined;
    readonly column?: number | undefined;
    readonly layer?: string | undefined;
    readonly tensor?: string | undefined;
  };
}

const refusal: z.ZodType<{ readonly error: readonly Refusal[] }> = z.strictObject({
  error: z
    .array(
      z.strictObject({
        code: z.string().regex(/^SNUG\d{3}$/),
        severity: z.enum(['usage', 'answer']),
        message: z.string().min(1),
        hint: z.string().min(1),
        origin: z.strictObject({
          file: z.string().optional(),
          line: z.number().optional(),
          column: z.number().optional(),
          layer: z.string().optional(),
          tensor: z.string().optional(),
        }),
      }),
    )
    .min(1),
});

interface Expected {
  readonly code: string;
  /** What the message, its place or its advice must name. */
  readonly says: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

type Refused = (args: readonly string[], expected: Expected) => Promise<readonly Refusal[]>;

/**
 * Runs a command that must be refused: exit code 2, the code and the advice on stderr, the same as JSON on stdout, no
 * stack trace, and a folder that holds afterwards what it held before.
 */
export function refusals(folder: () => string): Refused {
  return async ([command = '', ...args], { code, says, env = {} }) => {
    const cwd = folder();
    const before = await readdir(cwd, { recursive: true });
    const result: Finished = await snug([command, '--json', ...args], { cwd, env });
    expect(result.stderr).toContain(`error ${code}: `);
    expect(result.stderr).toContain('  to fix: ');
    expect(result.stderr).not.toMatch(/^ {4}at /m);
    for (const words of says) expect(result.stderr).toContain(words);
    expect(result.exitCode).toBe(2);
    const { error } = refusal.parse(jsonOf(result));
    expect(error.map(diagnostic => diagnostic.code)).toContain(code);
    for (const { message } of error) expect(result.stderr).toContain(message);
    expect((await readdir(cwd, { recursive: true })).sort()).toEqual(before.sort());
    return error;
  };
}
