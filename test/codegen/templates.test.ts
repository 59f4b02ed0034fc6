/**
 * Every path in a template exists in the view that it is rendered with, and every field of a view is used. The checker is
 * tested first: a check that finds nothing looks the same as one that passes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Node, Project, type Type } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { checkTemplate, checkTemplates } from '../support/template-paths.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = new Project({
  tsConfigFilePath: `${root}/tsconfig.json`,
  compilerOptions: { types: [] },
  skipAddingFilesFromTsConfig: true,
});
const viewsFile = project.addSourceFileAtPath(`${root}/src/codegen/views.ts`);
const invented = project.createSourceFile(
  `${root}/src/codegen/invented-views.ts`,
  `interface Base { readonly name: string; readonly upper: string }
   interface Pixels { readonly channels: number; readonly tables: readonly { readonly values: string }[] }
   interface Layer { readonly title: string; readonly inputs: readonly { readonly pointer: string }[] }
   export interface View extends Base {
     readonly layers: readonly Layer[];
     readonly pixels: Pixels | null;
     readonly sources: readonly string[];
     readonly scratch: { readonly dsp: number };
     readonly ready: boolean;
     readonly license?: string;
     readonly log: string;
     readonly shape: { readonly kind: 'a'; readonly a: number; readonly both: number } | { readonly kind: 'b'; readonly both: number };
     print(): string;
   }
   export interface Small extends Base { readonly note: string; readonly size: { readonly c: number; readonly dsp: number } | null }
   export interface Views { 'small.c.hbs': Small; 'small.h.hbs': Small }`,
);

const typeOf = (name: string, file = invented): { readonly type: Type; readonly at: Node } => {
  const at = file.getInterfaceOrThrow(name);
  return { type: at.getType(), at };
};

/** What the checker finds in a template of an invented view, as `line:column path: problem`. */
function problemsOf(text: string): readonly string[] {
  const { type, at } = typeOf('View');
  return checkTemplate(text, type, at).problems.map(p => `${p.line}:${p.column} ${p.path}: ${p.problem}`);
}

describe('the checker accepts', () => {
  test.each([
    ['fields, inherited ones too', '{{name}} {{scratch.dsp}} {{this.log}}'],
    ['elements of a list', '{{#each layers}}{{title}}{{#each inputs}}{{pointer}}{{/each}}{{/each}}'],
    ['this of a list of texts', '{{#each sources}}{{this}}{{@index}}{{/each}}'],
    ['parents, past loops and not past conditions', '{{#each layers}}{{#if title}}{{../upper}}{{/if}}{{/each}}'],
    [
      'parents of parents',
      '{{#each layers}}{{#each inputs}}{{../title}}{{../../upper}}{{@../index}}{{/each}}{{/each}}',
    ],
    ['the else of a loop, which stays outside', '{{#each layers}}{{title}}{{else}}{{name}}{{/each}}'],
    ['a nullable field after its test', '{{#if pixels}}{{pixels.channels}}{{/if}}'],
    ['a nullable field after its negated test', '{{#unless pixels}}{{name}}{{else}}{{pixels.channels}}{{/unless}}'],
    ['a tested field from within a loop', '{{#if pixels}}{{#each layers}}{{../pixels.channels}}{{/each}}{{/if}}'],
    ['the root by name', '{{#if pixels}}{{#each layers}}{{@root.pixels.channels}}{{/each}}{{/if}}'],
    ['else-if chains', '{{#if ready}}{{name}}{{else if pixels}}{{pixels.channels}}{{else}}{{upper}}{{/if}}'],
    ['fields of every member of a union', '{{shape.both}}'],
    ['the length of a list, and comments', '{{! {{nothing}} }}{{layers.length}}'],
  ])('%s', (_, text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('the checker finds', () => {
  test.each([
    ['a misspelt path', 'a\n  {{nmae}}', '2:5 nmae: View has no nmae'],
    ['a misspelt field of a field', '{{scratch.mve}}', '1:3 scratch.mve: the object has no mve'],
    ['a misspelt condition', '{{#if raedy}}{{/if}}', '1:7 raedy: View has no raedy'],
    ['a misspelt path in the else', '{{#if ready}}{{else}}{{nmae}}{{/if}}', '1:24 nmae: View has no nmae'],
    ['a misspelt path in an element', '{{#each layers}}{{titel}}{{/each}}', '1:19 titel: Layer has no titel'],
    ['a field of the view without ../', '{{#each layers}}{{upper}}{{/each}}', '1:19 upper: Layer has no upper'],
    [
      'too few ../',
      '{{#each layers}}{{#each inputs}}{{../upper}}{{/each}}{{/each}}',
      '1:35 ../upper: Layer has no upper',
    ],
    ['too many ../', '{{#each layers}}{{../../upper}}{{/each}}', '1:19 ../../upper: ../ climbs out of the view'],
    ['../ past a condition', '{{#if ready}}{{../name}}{{/if}}', '1:16 ../name: ../ climbs out of the view'],
    [
      'a nullable field untested',
      '{{pixels.channels}}',
      '1:3 pixels.channels: may be null here; test it with {{#if}} first',
    ],
    [
      'a nullable field in the else of its test',
      '{{#if pixels}}{{else}}{{pixels.channels}}{{/if}}',
      '1:25 pixels.channels: may be null here; test it with {{#if}} first',
    ],
    [
      'a loop over no list',
      '{{#each scratch}}{{dsp}}{{/each}}',
      '1:9 scratch: loops over the object, which is no list',
    ],
    ['an object printed', '{{layers}}', '1:3 layers: prints readonly Layer[], which is neither text nor a number'],
    ['a boolean printed', '{{ready}}', '1:3 ready: prints boolean, which is neither text nor a number'],
    ['a function', '{{print}}', '1:3 print: print is a function'],
    ['an inherited method of a list', '{{layers.map}}', '1:3 layers.map: readonly Layer[] has no map'],
    [
      'an optional field',
      '{{license}}',
      '1:3 license: license is optional, and strict rendering throws; make it nullable',
    ],
    ['a field of only some members of a union', '{{shape.a}}', /^1:3 shape\.a: .* has no a$/],
    ['an unknown helper', '{{upperCase name}}', '1:3 upperCase: unknown helper; views come formatted'],
    ['a field that a helper hides', '{{log}}', '1:3 log: unknown helper; views come formatted'],
    [
      'an unknown block',
      '{{#repeat layers}}{{/repeat}}',
      '1:4 repeat: unknown helper; templates use if, unless and each',
    ],
    [
      'a section without helper',
      '{{#pixels}}{{/pixels}}',
      '1:4 pixels: unknown helper; templates use if, unless and each',
    ],
    [
      'a subexpression',
      '{{#if (eq name upper)}}{{/if}}',
      '1:7 SubExpression: only paths are allowed here; views come computed',
    ],
    ['a partial', '{{> banner}}', '1:1 PartialStatement: templates have neither partials nor decorators'],
    ['@index outside of a loop', '{{@index}}', '1:3 @index: is outside of a loop'],
    ['an unknown variable', '{{#each layers}}{{@indx}}{{/each}}', '1:19 @indx: unknown @ variable'],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  test('a fault once, and not again in the body of a misspelt loop', () => {
    expect(problemsOf('{{#each layesr}}{{title}}{{../name}}{{/each}}')).toEqual(['1:9 layesr: View has no layesr']);
  });
});

describe('the checker of a set of templates', () => {
  const check = (templates: Readonly<Record<string, string>>): readonly string[] => {
    const { type, at } = typeOf('Views');
    return checkTemplates(new Map(Object.entries(templates)), type, at);
  };
  const all = '{{name}}{{note}}{{#if size}}{{size.c}}{{size.dsp}}{{/if}}';

  test('counts a field that any template of a view uses', () => {
    expect(check({ 'small.c.hbs': all, 'small.h.hbs': '{{upper}}' })).toEqual([]);
  });

  test('finds unused fields, own, inherited and nested', () => {
    const problems = check({ 'small.c.hbs': '{{name}}', 'small.h.hbs': '{{#if size}}{{size.c}}{{/if}}' });
    expect(problems).toEqual(['Small.note', 'size.dsp', 'Base.upper'].map(f => `${f}: no template uses this field`));
  });

  test('finds a template without a view and a view without a template', () => {
    expect(check({ 'small.c.hbs': `${all}{{upper}}`, 'other.c.hbs': '' })).toEqual([
      'small.h.hbs: a view names this template, and there is no such file',
      'other.c.hbs: no view names this template',
    ]);
  });

  test('says which template, line and column', () => {
    const problems = check({ 'small.c.hbs': `${all}\n{{upper}} {{nmae}}`, 'small.h.hbs': '' });
    expect(problems).toEqual(['small.c.hbs:2:13: nmae: Small has no nmae']);
  });
});

test('every path in every template is in its view, and every field of a view is in a template', () => {
  const folder = `${root}/templates`;
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => path.endsWith('.hbs'))
    .sort();
  const templates = new Map(paths.map(path => [path, readFileSync(`${folder}/${path}`, 'utf8')]));
  expect(templates.size).toBeGreaterThan(0);
  const { type, at } = typeOf('TemplateViews', viewsFile);
  expect(checkTemplates(templates, type, at)).toEqual([]);
});
