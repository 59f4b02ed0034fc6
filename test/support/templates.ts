/** The templates of the working tree, as the command line reads them from the installed package. */
import { readTemplates } from '../../src/cli/files.ts';
import type { TemplateFiles } from '../../src/codegen/templates.ts';

let cached: Promise<TemplateFiles> | null = null;

export function templates(): Promise<TemplateFiles> {
  cached ??= readTemplates();
  return cached;
}
