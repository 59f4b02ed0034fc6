/** Renders a template with the view that belongs to it. Templates come in as text, so that nothing here touches a disk. */
import Handlebars from 'handlebars';
import type { TemplateName, TemplateViews } from './views.ts';

/** Everything under `templates/`, by path: Handlebars templates, helper functions and portable kernels. */
export type TemplateFiles = ReadonlyMap<string, string>;

const compiled = new WeakMap<TemplateFiles, Map<string, Handlebars.TemplateDelegate>>();

function templateText(files: TemplateFiles, path: string): string {
  const text = files.get(path);
  if (text === undefined) throw new RangeError(`templates/${path} is missing from the installation`);
  return text;
}

/**
 * The text of one file. Handlebars throws for a printed field that the view lacks, but not for one in `#if` or `#each`.
 * @throws RangeError where the installation lacks the template
 */
export function render<Name extends TemplateName>(files: TemplateFiles, name: Name, view: TemplateViews[Name]): string {
  const cache = compiled.get(files) ?? new Map<string, Handlebars.TemplateDelegate>();
  compiled.set(files, cache);
  const template = cache.get(name) ?? Handlebars.compile(templateText(files, name), { noEscape: true, strict: true });
  cache.set(name, template);
  return template(view);
}

/** A helper kernel of snug's own, printed into the program that calls it. */
export function helperSource(files: TemplateFiles, name: string): string {
  return templateText(files, `helpers/${name}.c`).trimEnd();
}

/** A file that needs no view, as it is. */
export function plainFile(files: TemplateFiles, path: string): string {
  return templateText(files, path);
}

/** The portable kernels with CMSIS-NN's names, by file name. */
export function portableKernels(files: TemplateFiles): ReadonlyMap<string, string> {
  const prefix = 'kernels/';
  return new Map(
    [...files]
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, text]): [string, string] => [path.slice(prefix.length), text])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
