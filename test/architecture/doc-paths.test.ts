/** The documents point at files that exist: every path in backticks that begins like one of the repository's, every link. */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, readText, root } from './source-tree.ts';

const FOLDERS: readonly string[] = ['src', 'test', 'templates', 'docs', 'examples', 'targets', 'bench', '.ci'];
const REPOSITORY_PATH = new RegExp(`^(${FOLDERS.map(name => name.replace('.', '\\.')).join('|')})/`);

/** Paths of a compiled program, which has a folder `test/` of its own. */
const EMITTED = /^test\/(model\.safetensors|vectors\.bin|\w+_(golden|test)\.[ch])$/;

/** `*`, `{a,b}`, `<name>`, `…`: a path that stands for several. */
const PLACEHOLDER = /[*{}<>…$]|\.\.\./;

interface Mention {
  readonly line: number;
  /** Relative to the repository. */
  readonly path: string;
}

function mentions(document: string, text: string): readonly Mention[] {
  // Code blocks go, their lines stay, so that the rest keeps its numbers.
  const prose = text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2.*$/gm, block => block.replace(/[^\n]/g, ''));
  return prose.split('\n').flatMap((content, index) => {
    const line = index + 1;
    const quoted = [...content.matchAll(/`([^`]+)`/g)]
      .map(([, code = '']) => (code.split(/\s/)[0] ?? '').replace(/(:\d+(-\d+)?|#.*)$/, ''))
      .filter(path => REPOSITORY_PATH.test(path) && !EMITTED.test(path));
    const linked = [...content.matchAll(/\]\(<?([^)\s>]+)/g), ...content.matchAll(/^\[[^\]]+\]:\s*(\S+)/g)]
      .map(([, link = '']) => link.replace(/[?#].*$/, ''))
      .filter(link => link !== '' && !/^([a-z][a-z+.-]*:|\/)/i.test(link))
      .map(link => posix.join(posix.dirname(document), decodeURI(link)));
    return [...quoted, ...linked].filter(path => !PLACEHOLDER.test(path)).map(path => ({ line, path }));
  });
}

test('paths are found in backticks and links, and not in code blocks', () => {
  const text = [
    'See `src/compile.ts`, `ops/x.ts`, `src/ops/<kind>.ts`, `test/cases/*/` and `docs/a.md:12`.',
    '```',
    '`src/in-a-block.ts`',
    '```',
    'A [link](../src/index.ts#L3), a [neighbour](numerics.md), [the web](https://example.com/src/a.ts), [here](#top).',
    'An image ![](images/a.png); a run of `examples/digits/demo.mjs --fast`; emitted: `test/digits_golden.c`.',
    '[reference]: ../README.md',
  ].join('\n');
  expect(mentions('docs/page.md', text).map(({ line, path }) => `${line} ${path}`)).toEqual([
    '1 src/compile.ts',
    '1 docs/a.md',
    '5 src/index.ts',
    '5 docs/numerics.md',
    '6 examples/digits/demo.mjs',
    '6 docs/images/a.png',
    '7 README.md',
  ]);
});

const documents = ['README.md', 'CONTRIBUTING.md', ...filesBelow('docs').filter(path => path.endsWith('.md'))];

test.each(documents)('%s points at files that exist', document => {
  expect(existsSync(`${root}/${document}`)).toBe(true);
  const missing = mentions(document, readText(document)).filter(({ path }) => !existsSync(`${root}/${path}`));
  expect(missing.map(({ line, path }) => `${document}:${line}: ${path}`)).toEqual([]);
});
