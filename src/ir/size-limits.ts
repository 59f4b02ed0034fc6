/**
 * How large a network may be: far beyond every microcontroller, so that neither a damaged file nor a mistyped option asks for
 * memory without bound.
 */
import { unsupportedModel } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import { elementsOf, formatShape, type Shape } from './shape.ts';

/** Of one tensor, and of all weights together. */
export const MAX_ELEMENTS: number = 2 ** 26;

const SMALLER = 'compile a smaller network';

function refuseSize(what: string, origin: Origin, fix: string): never {
  const problem = `${what} would have more than ${MAX_ELEMENTS} elements, which is the limit`;
  throw new SnugError(unsupportedModel({ problem, fix }, origin));
}

/** Refuses a tensor that no microcontroller could hold, and sizes that are no numbers, with `unsupportedModel`. */
export function checkSize(shape: Shape, origin: Origin, fix: string = SMALLER): void {
  if (!(elementsOf(shape) <= MAX_ELEMENTS)) refuseSize(`a tensor of ${formatShape(shape)}`, origin, fix);
}

/** Adds up the elements of the weights of one network; throws `unsupportedModel` where they become too many. */
export class WeightBudget {
  #elements = 0;
  readonly #fix: string;

  /** @param fix what to change where there are too many */
  constructor(fix: string = SMALLER) {
    this.#fix = fix;
  }

  /** To be called before the memory is taken. */
  reserve(elements: number, origin: Origin): void {
    this.#elements += elements;
    if (!(this.#elements <= MAX_ELEMENTS)) refuseSize('the weights of the network', origin, this.#fix);
  }
}
