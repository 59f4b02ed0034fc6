/** Finds the place of a property in a configuration's source, as far as the configuration is written out literally. */
import type { SourceFile, Node as TsNode } from 'ts-morph';

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * The position of a property of the default export. Where the path leaves what is literal in this file (a spread, an
 * import, a call), that of the last part that was found; the default export itself at the least.
 * @param path keys and indices, as zod's issues have them
 */
export async function locate(source: SourceFile, path: readonly PropertyKey[]): Promise<Position> {
  const { Node } = await import('ts-morph');

  /** The literal behind `defineConfig(…)`, `as`, `satisfies`, parentheses and constants of this file. */
  const literalOf = (node: TsNode | undefined): TsNode | undefined => {
    if (Node.isCallExpression(node)) return literalOf(node.getArguments()[0]);
    if (Node.isAsExpression(node) || Node.isSatisfiesExpression(node) || Node.isParenthesizedExpression(node)) {
      return literalOf(node.getExpression());
    }
    if (Node.isPropertyAssignment(node)) return literalOf(node.getInitializer());
    if (!Node.isIdentifier(node) && !Node.isShorthandPropertyAssignment(node)) return node;
    const symbol = Node.isIdentifier(node) ? node.getSymbol() : node.getValueSymbol();
    const declaration = symbol?.getValueDeclaration();
    const isHere = Node.isVariableDeclaration(declaration) && declaration.getSourceFile() === source;
    return isHere ? literalOf(declaration.getInitializer()) : undefined;
  };
  const child = (node: TsNode | undefined, key: PropertyKey): TsNode | undefined => {
    if (Node.isArrayLiteralExpression(node)) return node.getElements()[Number(key)];
    if (!Node.isObjectLiteralExpression(node)) return undefined;
    return node.getProperties().find(property => {
      const name = Node.isSpreadAssignment(property) ? undefined : property.getNameNode();
      return (Node.isStringLiteral(name) ? name.getLiteralText() : name?.getText()) === key;
    });
  };

  const exported = source.getExportAssignment(assignment => !assignment.isExportEquals())?.getExpression();
  let place: TsNode = exported ?? source;
  let node = literalOf(exported);
  for (const key of path) {
    const found = child(node, key);
    if (found === undefined) break;
    place = found;
    node = literalOf(found);
  }
  return source.getLineAndColumnAtPos(place.getStart());
}
