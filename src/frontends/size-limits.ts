/** How large a network may be: far beyond every microcontroller, so that damaged files do not ask for memory without bound. */
import { unsupportedModel } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import { elementsOf, formatShape, type Shape } from '../ir/shape.ts';

/** Of one tensor, and of all weights together. */
const MAX_ELEMENTS = 2 ** 26;

function refuseSize(what: string, origin: Origin): never {
  const problem = `${what} would have more than ${MAX_ELEMENTS} elements`;
  throw new SnugError(unsupportedModel({ problem, fix: 'compile a smaller network' }, origin));
}

/** Refuses a tensor that no microcontroller could hold, and sizes that are no numbers, with `unsupportedModel`. */
export function checkSize(shape: Shape, origin: Origin): void {
  if (!(elementsOf(shape) <= MAX_ELEMENTS)) refuseSize(`a tensor of ${formatShape(shape)}`, origin);
}

/** Adds up the elements of the weights of one network; throws `unsupportedModel` where they become too many. */
export class WeightBudget {
  #elements = 0;

  /** To be called before the memory is taken. */
  reserve(elements: number, origin: Origin): void {
    this.#elements += elements;
    if (!(this.#elements <= MAX_ELEMENTS)) refuseSize('the weights of the network', origin);
  }
}
