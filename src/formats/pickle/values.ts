/** What an unpickled file consists of here: plain data, and objects of which only the class's name is known. */

/** A class or function, by its name; nothing is imported or called. */
export class PickleGlobal {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }

  /** As Python writes it: `torch.nn.modules.conv.Conv2d`. */
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A dictionary, ordered or not. Keys that are neither text nor numbers are kept by identity. */
export class PickleDict {
  readonly entries: Map<unknown, unknown> = new Map();
}

/** An instance of a class that is not interpreted, or what an unknown function would return. */
export class PickleObject {
  /** The path of the class or function. */
  readonly path: string;
  /** What BUILD set: for most classes, a dictionary of the instance's attributes. */
  state: unknown = null;

  constructor(path: string) {
    this.path = path;
  }
}

/** What interprets the few classes and functions that stand for data. */
export interface PickleHost {
  /** The result of a class or function with arguments, or undefined where it is not one that stands for data. */
  construct(callable: PickleGlobal, args: readonly unknown[]): unknown;
  /** The object outside the pickle that a persistent id stands for, or undefined. */
  persistent(id: unknown): unknown;
}
