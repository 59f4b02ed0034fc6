/**
 * The part of ONNX's protobuf messages that snug reads, with the field numbers of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Fields left out here (subgraphs, training, functions) are skipped
 * by the decoder, so that nothing nests without bound.
 */
import protobuf from 'protobufjs/light.js';

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: 'repeated' });

const messages: Readonly<Record<string, protobuf.IType>> = {
  ModelProto: {
    fields: {
      irVersion: one(1, 'int64'),
      producerName: one(2, 'string'),
      graph: one(7, 'GraphProto'),
      opsetImport: many(8, 'OperatorSetIdProto'),
    },
  },
  OperatorSetIdProto: { fields: { domain: one(1, 'string'), version: one(2, 'int64') } },
  GraphProto: {
    fields: {
      node: many(1, 'NodeProto'),
      name: one(2, 'string'),
      initializer: many(5, 'TensorProto'),
      input: many(11, 'ValueInfoProto'),
      output: many(12, 'ValueInfoProto'),
      sparseInitializer: many(15, 'SparseTensorProto'),
    },
  },
  SparseTensorProto: { fields: {} },
  NodeProto: {
    fields: {
      input: many(1, 'string'),
      output: many(2, 'string'),
      name: one(3, 'string'),
      opType: one(4, 'string'),
      attribute: many(5, 'AttributeProto'),
      domain: one(7, 'string'),
    },
  },
  AttributeProto: {
    fields: {
      name: one(1, 'string'),
      f: one(2, 'float'),
      i: one(3, 'int64'),
      s: one(4, 'bytes'),
      t: one(5, 'TensorProto'),
      floats: many(7, 'float'),
      ints: many(8, 'int64'),
      type: one(20, 'int32'),
    },
  },
  TensorProto: {
    fields: {
      dims: many(1, 'int64'),
      dataType: one(2, 'int32'),
      floatData: many(4, 'float'),
      int32Data: many(5, 'int32'),
      int64Data: many(7, 'int64'),
      name: one(8, 'string'),
      rawData: one(9, 'bytes'),
      doubleData: many(10, 'double'),
      externalData: many(13, 'StringStringEntryProto'),
      dataLocation: one(14, 'int32'),
    },
  },
  StringStringEntryProto: { fields: { key: one(1, 'string'), value: one(2, 'string') } },
  ValueInfoProto: { fields: { name: one(1, 'string'), type: one(2, 'TypeProto') } },
  TypeProto: { fields: { tensorType: one(1, 'TensorTypeProto') } },
  TensorTypeProto: { fields: { elemType: one(1, 'int32'), shape: one(2, 'TensorShapeProto') } },
  TensorShapeProto: { fields: { dim: many(1, 'DimensionProto') } },
  DimensionProto: { fields: { dimValue: one(1, 'int64'), dimParam: one(2, 'string') } },
};

/** A 64-bit integer as protobufjs gives it: an object where the `long` package is there, else a number. */
export type Int64 = number | { toNumber(): number };

/** `TensorProto`: a constant whose values lie in `rawData` or in the list of its type. */
export interface RawTensor {
  readonly dims: readonly Int64[];
  /** A number of `TensorProto.DataType`. */
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly Int64[];
  readonly name: string;
  /** Little-endian, empty where a typed list holds the values. */
  readonly rawData: Uint8Array;
  readonly doubleData: readonly number[];
  /** Where the values lie in another file: `location`, `offset` and `length`, the numbers in decimal digits. */
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
  /** 1 where the values are in another file. */
  readonly dataLocation: number;
}

/** `AttributeProto`: the value lies in the field that `type` stands for. */
export interface RawAttribute {
  readonly name: string;
  readonly f: number;
  readonly i: Int64;
  /** An empty list where the field is absent. */
  readonly s: ArrayLike<number> & Iterable<number>;
  readonly t: RawTensor | null;
  readonly floats: readonly number[];
  readonly ints: readonly Int64[];
  readonly type: number;
}

/** `NodeProto`: one operator, its inputs and outputs by the names of values. */
export interface RawNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly RawAttribute[];
  readonly domain: string;
}

interface RawValueInfo {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      /** A number of `TensorProto.DataType`. */
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue: Int64; readonly dimParam: string }[] } | null;
    } | null;
  } | null;
}

/** `GraphProto`. */
export interface RawGraph {
  readonly node: readonly RawNode[];
  readonly name: string;
  readonly initializer: readonly RawTensor[];
  readonly input: readonly RawValueInfo[];
  readonly output: readonly RawValueInfo[];
  readonly sparseInitializer: readonly unknown[];
}

/** A decoded `ModelProto`: absent messages are null, absent scalars their protobuf default. */
export interface RawModel {
  readonly irVersion: Int64;
  readonly producerName: string;
  readonly graph: RawGraph | null;
  readonly opsetImport: readonly { readonly domain: string; readonly version: Int64 }[];
}

/** The codec of `ModelProto`; decoding throws an `Error` of protobufjs for anything that is not well formed. */
export const modelProto: protobuf.Type = protobuf.Root.fromJSON({
  nested: { onnx: { nested: messages } },
}).lookupType('onnx.ModelProto');

/** Exact up to 2^53, else the nearest double: sizes are checked later, and Slice's open end may be that large. */
export function toNumber(value: Int64): number {
  return typeof value === 'number' ? value : value.toNumber();
}
