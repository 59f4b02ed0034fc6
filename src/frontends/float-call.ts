/**
 * What one operator of a file under conversion to a float graph is, whatever the format: how it refuses, how it counts weights,
 * and how it appends layers. Frontends add how their operators read inputs and attributes.
 */
import { resolutionFixed, shapeMismatch, unsupportedOperator } from '../diagnostics/catalog.ts';
import { type Origin, SnugError } from '../diagnostics/diagnostic.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Shape } from '../ir/shape.ts';
import { checkSize, type WeightBudget } from '../ir/size-limits.ts';
import type { TensorId } from '../ir/units.ts';
import type { OpKind, OpTypes } from '../ops/index.ts';

/** What all calls of one conversion share. */
export interface FloatConversion {
  readonly file: string;
  readonly builder: GraphBuilder;
  /** True where shapes that do not fit are the fault of the resolution that the user gave. */
  readonly resized: boolean;
  /** Names of the supported operators, for errors. */
  readonly supported: string;
  readonly budget: WeightBudget;
}

/** The methods that refuse throw a `SnugError` with the file and the name of the operator. */
export class FloatCall<C extends FloatConversion> {
  readonly conversion: C;
  readonly origin: Origin;
  /** The operator's kind as the file calls it. */
  readonly operator: string;

  constructor(conversion: C, operator: string, origin: Origin) {
    this.conversion = conversion;
    this.operator = operator;
    this.origin = origin;
  }

  /** Refuses the operator with `unsupportedOperator`. */
  refuse(reason: string): never {
    const { supported } = this.conversion;
    throw new SnugError(unsupportedOperator({ operator: this.operator, reason, supported }, this.origin));
  }

  /** Refuses shapes that do not fit; where the resolution was changed, that is the cause. */
  mismatch(problem: string): never {
    throw new SnugError((this.conversion.resized ? resolutionFixed : shapeMismatch)({ problem }, this.origin));
  }

  /** Counts elements of weights that are about to be made; refuses networks beyond all measure. */
  reserve(elements: number): void {
    this.conversion.budget.reserve(elements, this.origin);
  }

  /** Zeros for a weight tensor. */
  allocate(elements: number): Float32Array {
    this.reserve(elements);
    return new Float32Array(elements);
  }

  shapeOf(id: TensorId): Shape {
    return this.conversion.builder.shapeOf(id);
  }

  /** Appends a layer of a name that is not taken; refuses one with an output that no microcontroller could hold. */
  append<K extends OpKind>(
    kind: K,
    name: string,
    inputs: readonly TensorId[],
    attributes: OpTypes[K]['attributes'],
    parameters: OpTypes[K]['float'],
  ): TensorId {
    const { builder, file } = this.conversion;
    const id = builder.add(kind, name, inputs, attributes, parameters, { file });
    checkSize(builder.shapeOf(id), this.origin);
    return id;
  }
}
