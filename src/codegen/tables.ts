/** The constant tables of a program: symbols, comments and values. */
import { formatShape } from '../ir/shape.ts';
import { weightsOf } from '../plan/weights.ts';
import { weightsMacro, weightsRegions, weightsSection } from './arena.ts';
import { commentText, int32Literal, thousands, wrapValues } from './format.ts';
import { type ExecutedLayer, executedLayers, fileView, type Program } from './program.ts';
import type { TableView, WeightsView } from './views.ts';

/** C identifier of a table, as `mbv2_stem_weights`; labels are unique, so symbols are. */
export function tableSymbol(program: Program, layer: ExecutedLayer, table: string): string {
  return `${program.name}_${layer.label}_${table}`;
}

function tablesOf(program: Program, layer: ExecutedLayer, withValues: boolean): readonly TableView[] {
  const { node, call } = layer.step;
  const output = program.graph.tensors[node.output]!.shape;
  const region = program.plan.placement?.weights.get(node.output);
  return call.tables.map(({ name, comment, data }): TableView => {
    const int8 = data instanceof Int8Array;
    const values = withValues ? wrapValues(int8 ? data : Array.from(data, int32Literal), '    ') : '';
    return {
      symbol: tableSymbol(program, layer, name),
      type: int8 ? 'int8_t' : 'int32_t',
      length: data.length,
      comment: commentText(
        `${node.name} (${node.kind}, output ${formatShape(output)}): ${name}, ${comment}; ${thousands(data.byteLength)} bytes`,
      ),
      values,
      section: region === undefined ? 'SNUG_WEIGHTS_SECTION' : weightsMacro(program, region),
    };
  });
}

/** @param withValues false for the header, which declares only */
export function weightsView(program: Program, withValues: boolean): WeightsView {
  return {
    ...fileView(program),
    weightBytes: weightsOf(program.plan),
    sections: weightsRegions(program).map(region => ({
      macro: weightsMacro(program, region),
      section: weightsSection(region),
    })),
    tables: executedLayers(program.plan).flatMap(layer => tablesOf(program, layer, withValues)),
  };
}
