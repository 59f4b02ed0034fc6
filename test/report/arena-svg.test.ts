/** The picture is a document that a strict reader takes, and its rectangles lie where the bytes are. */
import { describe, expect, test } from 'vitest';
import type { ArenaTimeline } from '../../src/report/arena-picture.ts';
import { arenaSvg } from '../../src/report/arena-svg.ts';

const TIMELINE: ArenaTimeline = {
  arenaBytes: 4096,
  steps: [
    { label: 'expand', flows: true },
    { label: 'depthwise', flows: true },
    { label: 'project', flows: false },
  ],
  blocks: [
    { label: 'input', kind: 'resident', offset: 0, bytes: 2048, first: 0, last: 1 },
    { label: 'output', kind: 'resident', offset: 1024, bytes: 2048, first: 0, last: 2 },
    { label: 'rows', kind: 'line buffer', offset: 3072, bytes: 1000, first: 0, last: 1 },
  ],
};

const TOKEN =
  /<(\/?)([a-z]+)((?: [A-Za-z][A-Za-z0-9:-]*="(?:[^<&"]|&(?:amp|lt|gt|quot|#39);)*")*)(\/?)>|((?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+)/y;

/** What is wrong with a document of tags, attributes and text; null where nothing is. */
function fault(svg: string): string | null {
  const open: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < svg.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(svg);
    if (!match) return `no markup at ${at}: ${svg.slice(at, at + 40)}`;
    const [, closing, name, attributes = '', empty, text] = match;
    if (text !== undefined) {
      if (open.length === 0 && text.trim() !== '') return `text outside of the document: ${text}`;
      continue;
    }
    const keys = [...attributes.matchAll(/ ([A-Za-z][A-Za-z0-9:-]*)=/g)].map(([, key]) => key);
    if (new Set(keys).size < keys.length) return `an attribute twice in ${name}`;
    if (closing && open.pop() !== name) return `${name} is closed and not open`;
    if (!closing && !empty) open.push(name!);
  }
  return open.length > 0 ? `open at the end: ${open.join(', ')}` : null;
}

test('faults are found', () => {
  expect(fault('<a><b c="d &amp; e"/>f</a>\n')).toBeNull();
  expect(fault('<a><b></a></b>')).toBe('a is closed and not open');
  expect(fault('<a>')).toBe('open at the end: a');
  expect(fault('<a b="<"/>')).toMatch(/^no markup at 0/);
  expect(fault('<a>b & c</a>')).toMatch(/^no markup at/);
  expect(fault('<a b="1" b="2"/>')).toBe('an attribute twice in a');
});

describe('the document', () => {
  const svg = arenaSvg(TIMELINE, 'tiny');

  test('is well-formed, stands alone and says what it is', () => {
    expect(fault(svg)).toBeNull();
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" role="img" [^>]*>\n<title>tiny<\/title>\n<rect /,
    );
    expect(svg.endsWith('</svg>\n')).toBe(true);
    expect(svg).not.toMatch(/<script|<style|<image|href|url\(/);
    expect(svg).toContain('fill="#ffffff"');
  });

  test('has a rectangle with a tooltip for each block, to scale', () => {
    // 48 pixels a step from 64, and 400 pixels for 4096 bytes, upwards from 484.
    expect(svg).toContain('<rect x="64" y="284" width="96" height="200" fill="#0072b2"');
    expect(svg).toContain('<title>input: resident, 2,048 bytes at 0, steps 1 to 2 (expand to depthwise)</title>');
    expect(svg).toContain('<rect x="64" y="184" width="144" height="200" fill="#0072b2"');
    expect(svg).toContain('<title>output: resident, 2,048 bytes at 1,024, steps 1 to 3 (expand to project)</title>');
    expect(svg).toContain('<rect x="64" y="86.34" width="96" height="97.66" fill="#e69f00"');
    expect(svg).toContain('<title>rows: line buffer, 1,000 bytes at 3,072, steps 1 to 2 (expand to depthwise)</title>');
    const late = { label: 'late', kind: 'workspace', offset: 16, bytes: 16, first: 2, last: 2 } as const;
    expect(arenaSvg({ ...TIMELINE, blocks: [late] }, '')).toContain(
      '<title>late: workspace, 16 bytes at 16, step 3 (project)</title>',
    );
  });

  test('has dashes and a label at the peak, where shared bytes count once', () => {
    expect(svg).toContain('<path d="M88 78V484M64 86.34H88" fill="none" stroke="#c62828"');
    expect(svg).toContain('stroke-dasharray="6 4"');
    expect(svg).toContain('>peak: 4,072 bytes during expand</text>');
  });

  test('has ticks in KiB, the names of the layers, and a legend of what occurs', () => {
    const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, content]) => content);
    expect(texts).toEqual([
      ...['tiny', 'resident', 'line buffers', 'runs streamed', 'arena: 4,096 bytes'],
      ...['0', '0.5', '1', '1.5', '2', '2.5', '3', '3.5', '4', 'KiB', 'expand', 'depthwise', 'project'],
      'peak: 4,072 bytes during expand',
    ]);
  });

  test('has one band behind each run of streamed layers', () => {
    const band = (timeline: ArenaTimeline): readonly (string | undefined)[] =>
      [...arenaSvg(timeline, '').matchAll(/<rect x="([\d.]+)" y="84" width="([\d.]+)"[^>]*fill="#e1e8ed"/g)].map(
        ([, x, width]) => `${x} ${width}`,
      );
    expect(band(TIMELINE)).toEqual(['64 96']);
    const flowing = [true, false, true, true].map(flows => ({ label: 'a', flows }));
    expect(band({ ...TIMELINE, steps: flowing })).toEqual(['64 48', '160 96']);
  });
});

test('text of others is escaped, and what XML does not allow is replaced', () => {
  const hostile = `<script>"&'\u0000\u001b\ud800</script>`;
  const svg = arenaSvg(
    {
      arenaBytes: 64,
      steps: [{ label: hostile, flows: false }],
      blocks: [{ label: hostile, kind: 'resident', offset: 0, bytes: 64, first: 0, last: 0 }],
    },
    hostile,
  );
  expect(fault(svg)).toBeNull();
  expect(svg).not.toContain('<script');
  expect(svg).toContain('<title>&lt;script&gt;&quot;&amp;&#39;\ufffd\ufffd\ufffd&lt;/script&gt;</title>');
  expect(svg).toContain('during &lt;script&gt;&quot;&amp;&#39;');
});

test('long names are cut at the axis and whole in the tooltip', () => {
  const long = 'a'.repeat(40);
  const blocks = [{ label: 'x', kind: 'resident', offset: 0, bytes: 64, first: 0, last: 0 }] as const;
  const svg = arenaSvg({ arenaBytes: 64, steps: [{ label: long, flows: false }], blocks }, '');
  expect(svg).toContain(`>${'a'.repeat(31)}…</text>`);
  expect(svg).toContain(`step 1 (${long})</title>`);
});

test('the same plan gives the same text, with two decimals at most', () => {
  const steps = Array.from({ length: 67 }, (_, i) => ({ label: `layer ${i}`, flows: i < 20 }));
  const blocks = steps.map((_, i) => {
    const place = { offset: (i % 2) * 500_000, bytes: 400_000 - i * 997 };
    return { label: `tensor ${i}`, kind: 'resident' as const, ...place, first: i, last: Math.min(i + 1, 66) };
  });
  const timeline: ArenaTimeline = { arenaBytes: 1_000_003, steps, blocks };
  const svg = arenaSvg(timeline, 'large');
  expect(fault(svg)).toBeNull();
  expect(svg).toBe(arenaSvg(structuredClone(timeline), 'large'));
  expect(svg).not.toMatch(/\d\.\d{3}|NaN|Infinity|e-\d/);
});

test('nothing alive and no steps are no fault', () => {
  const svg = arenaSvg({ arenaBytes: 0, steps: [], blocks: [] }, 'empty');
  expect(fault(svg)).toBeNull();
  expect(svg).not.toMatch(/NaN|Infinity|peak/);
});
