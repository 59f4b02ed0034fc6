/** The page: well-formed, of the same bytes, self-contained, and safe with any name. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { mobilenetV2 } from '../../../../src/models/mobilenet-v2.ts';
import { explainQuantization } from '../../../../src/report/quantization/explain.ts';
import { explanationFiles } from '../../../../src/report/quantization/files.ts';
import { explanationPage } from '../../../../src/report/quantization/page/page.ts';
import { ticksOf, tickText } from '../../../../src/report/quantization/page/plot.ts';
import { quantizedFor } from '../../../support/explained.ts';
import { smallGraph } from '../../../support/small-graphs.ts';

const HOSTILE = '<script>alert("&")</script>';

describe('the page of a small MobileNetV2', async () => {
  const request = await quantizedFor(mobilenetV2({ width: 0.1, resolution: 32, classes: 10 }), 'best', 'tensor');
  const explanation = explainQuantization(request);
  const page = explanationPage(explanation);
  const xml = page.replace('<!DOCTYPE html>\n', '');

  test('is well-formed, as XML and as HTML', () => {
    expect(page.startsWith('<!DOCTYPE html>\n<html lang="en">')).toBe(true);
    expect(XMLValidator.validate(xml)).toBe(true);
    // HTML has no empty elements but its own: `<td/>` would swallow all that follows.
    const closed = new Set([...page.matchAll(/<(\w+)[^>]*\/>/g)].map(([, name]) => name));
    expect([...closed].sort()).toEqual(['line', 'meta', 'path', 'rect']);
  });

  test('is the same for the same quantization', () => {
    expect(explanationPage(explainQuantization(request))).toBe(page);
  });

  test('takes nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<link|<img|https?:|url\(|@import|src=/);
  });

  test('has a fold for every layer, with pictures of its weights before and after and of its output', () => {
    const { body } = (new XMLParser({ ignoreAttributes: false }).parse(xml) as { html: { body: unknown } }).html;
    const { main } = body as { main: { details: readonly { div: { figure: unknown } }[] } };
    expect(main.details).toHaveLength(explanation.report.layers.length);
    const pictured = main.details.map(({ div }) => (Array.isArray(div.figure) ? div.figure.length : 1));
    expect(pictured).toEqual(
      explanation.pictures.map(({ channels }) => (channels === null ? 1 : channels.before === null ? 2 : 3)),
    );
    expect(new Set(pictured)).toEqual(new Set([1, 2, 3]));
  });

  test('has no figure that is not a number', () => {
    expect(page).not.toMatch(/NaN|undefined|"[^"]*Infinity[^"]*"/);
  });

  test('escapes names', () => {
    const [first, ...rest] = explanation.report.layers;
    const layers = [{ ...first!, name: HOSTILE, sensitivityDb: -10 }, ...rest];
    const hostile = explanationPage({ ...explanation, report: { ...explanation.report, name: HOSTILE, layers } });
    expect(XMLValidator.validate(hostile.replace('<!DOCTYPE html>\n', ''))).toBe(true);
    expect(hostile).not.toContain('<script');
    expect(hostile).toContain('&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;');
  });

  test('comes with the figures as JSON', () => {
    const files = explanationFiles(explanation);
    expect([...files.keys()]).toEqual(['quantization.json', 'quantization.html']);
    expect(JSON.parse(files.get('quantization.json')!)).toEqual(JSON.parse(JSON.stringify(explanation.report)));
    expect(files.get('quantization.html')).toBe(page);
  });
});

test('figures that are not finite are null in JSON and words on the page', async () => {
  const { builder, input, conv } = smallGraph();
  const explanation = explainQuantization(await quantizedFor(builder.finish(conv('conv', input))));
  const { report } = explanation;
  const layers = report.layers.map(layer => ({ ...layer, sqnrDb: -Infinity, sensitivityDb: Infinity, clipped: null }));
  const changed = { ...explanation, report: { ...report, layers } };
  const json = JSON.parse(explanationFiles(changed).get('quantization.json')!) as typeof report;
  expect(json.layers[0]).toMatchObject({ sqnrDb: null, sensitivityDb: null, clipped: null });
  const page = explanationPage(changed);
  expect(page).toContain('exact');
  expect(page).toContain('only noise');
  expect(page).not.toMatch(/NaN|Infinity/);
});

test('ticks are round and within their range', () => {
  expect(ticksOf({ min: -1, max: 1 }, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(ticksOf({ min: 0, max: 0.3 }, 3).map(tickText)).toEqual(['0', '0.1', '0.2', '0.3']);
  expect(ticksOf({ min: 2, max: 2 }, 3)).toEqual([2]);
});
