/** Adding up frames: every graph here is written by hand in the form that gcc 12 gives. */
import { describe, expect, test } from 'vitest';
import { deepestStack } from '../../src/toolchain/call-graph.ts';

/** A title without path, with its frame; the path is that of the source where the title has one. */
const node = (title: string, frame: string): string =>
  `node: { title: "${title}" label: "${title.split(':').at(-1)}\\na.c:1:2\\n${frame}" }`;
const fixed = (title: string, bytes: number): string => node(title, `${bytes} bytes (static)`);
/** A function that is only called. */
const called = (title: string): string => `node: { title: "${title}" label: "${title}\\na.c:1:2" shape : ellipse }`;
const edge = (from: string, to: string): string =>
  `edge: { sourcename: "${from}" targetname: "${to}" label: "a.c:3:4" }`;
const graph = (...lines: readonly string[]): string => ['graph: { title: "a.c"', ...lines, '}', ''].join('\n');

describe('a figure', () => {
  test('adds up a chain', () => {
    const text = graph(fixed('c', 4), fixed('b', 20), edge('b', 'c'), fixed('a', 100), edge('a', 'b'));
    expect(deepestStack([text], ['a'])).toEqual({ bytes: 124, path: ['a', 'b', 'c'], unknown: [] });
    expect(deepestStack([text], ['b'])).toEqual({ bytes: 24, path: ['b', 'c'], unknown: [] });
  });

  test('takes the deeper side of a diamond, and what joins it once', () => {
    const text = graph(
      ...[fixed('a', 8), fixed('left', 16), fixed('right', 32), fixed('end', 64)],
      ...[edge('a', 'left'), edge('a', 'right'), edge('left', 'end'), edge('right', 'end'), edge('right', 'end')],
    );
    expect(deepestStack([text], ['a'])).toEqual({ bytes: 104, path: ['a', 'right', 'end'], unknown: [] });
  });

  test('is that of the deepest entry', () => {
    const text = graph(fixed('first', 8), fixed('second', 80), fixed('third', 40));
    expect(deepestStack([text], ['first', 'second', 'third'])).toMatchObject({ bytes: 80, path: ['second'] });
  });

  test('names the entry where no frame takes a byte, as on Arm', () => {
    const text = graph(fixed('a', 0), fixed('b', 0), edge('a', 'b'));
    expect(deepestStack([text], ['a'])).toEqual({ bytes: 0, path: ['a', 'b'], unknown: [] });
  });

  test('follows a call into another source, in either order of the sources', () => {
    const caller = graph(fixed('a', 8), called('b'), edge('a', 'b'));
    const callee = graph(fixed('b', 16));
    const expected = { bytes: 24, path: ['a', 'b'], unknown: [] };
    expect(deepestStack([caller, callee], ['a'])).toEqual(expected);
    expect(deepestStack([callee, caller], ['a'])).toEqual(expected);
  });

  test('counts what nobody defines as 0 and lists it, on every path that is reached', () => {
    const text = graph(
      ...[fixed('a', 8), fixed('b', 16), fixed('unused', 1), edge('a', 'b')],
      ...['memset', 'memcpy', 'abort'].map(called),
      // What gcc adds by itself has no place in the source.
      ...['edge: { sourcename: "b" targetname: "memset" }', edge('a', 'memcpy'), edge('unused', 'abort')],
    );
    expect(deepestStack([text], ['a'])).toEqual({ bytes: 24, path: ['a', 'b'], unknown: ['memcpy', 'memset'] });
  });

  test('keeps static functions of equal name apart', () => {
    const big = graph(fixed('x/a.c:pad', 1000), fixed('a', 8), edge('a', 'x/a.c:pad'), called('b'), edge('a', 'b'));
    const small = graph(fixed('x/b.c:pad', 10), fixed('b', 20), edge('b', 'x/b.c:pad'));
    expect(deepestStack([big, small], ['a'])).toMatchObject({ bytes: 1008, path: ['a', 'pad'] });
    expect(deepestStack([big, small], ['b'])).toMatchObject({ bytes: 30, path: ['b', 'pad'] });
  });

  test('finds a weak function from other sources, and the stronger one in its place', () => {
    const weak = graph(fixed('w.c:hook', 8), fixed('a', 1), edge('a', 'w.c:hook'));
    const caller = graph(fixed('b', 2), called('hook'), edge('b', 'hook'));
    const strong = graph(fixed('hook', 100));
    expect(deepestStack([weak, caller], ['b'])).toEqual({ bytes: 10, path: ['b', 'hook'], unknown: [] });
    expect(deepestStack([weak, caller, strong], ['a'])).toMatchObject({ bytes: 101 });
    expect(deepestStack([weak, caller, strong], ['b'])).toMatchObject({ bytes: 102 });
  });

  test('believes a dynamic frame that is bounded', () => {
    const text = graph(node('a', '48 bytes (dynamic,bounded)'));
    expect(deepestStack([text], ['a'])).toMatchObject({ bytes: 48 });
  });
});

describe('no figure', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['for a cycle', graph(fixed('a', 8), fixed('b', 8), fixed('c', 8), edge('a', 'b'), edge('b', 'c'), edge('c', 'b'))],
    ['for a function that calls itself', graph(fixed('a', 8), edge('a', 'a'))],
    [
      'for a call through a pointer',
      graph(
        ...[fixed('a', 8), 'node: { title: "__indirect_call" label: "Indirect Call Placeholder" shape : ellipse }'],
        edge('a', '__indirect_call'),
      ),
    ],
    ['for a frame that grows with data', graph(fixed('a', 8), node('b', '16 bytes (dynamic)'), edge('a', 'b'))],
    ['for a static function that has no frame', graph(fixed('a', 8), edge('a', 'a.c:merged'))],
    ['for an entry that nothing defines', graph(called('a'))],
    ['for an entry that is not there', graph(fixed('b', 8))],
    ['for a function that is defined twice', graph(fixed('a', 8), fixed('a', 16))],
    ['for a line that is no part of a graph', graph(fixed('a', 8), 'node: { title: "b"')],
    ['for a graph that is cut off', graph(fixed('a', 8)).slice(0, -2)],
    ['for an empty file', ''],
  ];
  test.each(refused)('%s', (_, text) => {
    expect(deepestStack([text], ['a'])).toBeNull();
  });

  test('for no entry', () => {
    expect(deepestStack([graph(fixed('a', 8))], [])).toBeNull();
  });

  test('for one bad entry among good ones', () => {
    expect(deepestStack([graph(fixed('a', 8), fixed('b', 8), edge('b', 'b'))], ['a', 'b'])).toBeNull();
  });

  test('only for faults that an entry reaches', () => {
    const text = graph(fixed('a', 8), fixed('b', 8), edge('b', 'b'), node('c', '16 bytes (dynamic)'));
    expect(deepestStack([text], ['a'])).toMatchObject({ bytes: 8 });
  });
});
