/** The files that an explained compilation has besides the program. */
import type { Explanation } from './explain.ts';
import { explanationPage } from './page/page.ts';

/** `quantization.json` and `quantization.html`, the same bytes for the same quantization. */
export function explanationFiles(explanation: Explanation): ReadonlyMap<string, string> {
  return new Map([
    ['quantization.json', `${JSON.stringify(explanation.report, null, 2)}\n`],
    ['quantization.html', explanationPage(explanation)],
  ]);
}
