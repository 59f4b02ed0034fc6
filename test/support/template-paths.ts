/**
 * Checks the paths of a Handlebars template against the TypeScript type of its view. Handlebars itself cannot: a misspelt
 * path in `{{#if}}` or `{{#each}}` counts as false or empty, and C without a section still compiles.
 *
 * The walk keeps what Handlebars keeps at run time: a stack of contexts (`{{#each}}` pushes the element, `{{#if}}` pushes
 * nothing, so `../` climbs past the loop and not past the condition), and beyond it which nullable paths are known to be
 * set. Whatever the walk does not understand is a problem rather than a gap.
 */
import Handlebars from 'handlebars';
import { Node, type Symbol as Property, type Type, TypeFormatFlags } from 'ts-morph';

interface TemplateProblem {
  readonly line: number;
  /** First column is 1, as editors count. */
  readonly column: number;
  readonly path: string;
  readonly problem: string;
}

interface TemplateCheck {
  readonly problems: readonly TemplateProblem[];
  /** Every property that some path goes through, by `propertyKeys`. */
  readonly used: ReadonlySet<string>;
}

interface Scope {
  /** Outermost first. */
  readonly contexts: readonly (Type | null)[];
  /** `{{#each}}` blocks around this place, which `@index` and its like need. */
  readonly loops: number;
  /** Nullable paths that a condition around this place has tested, as `factOf` writes them. */
  readonly known: ReadonlySet<string>;
}

/** Types by their names, without the files that they are imported from. */
const NAMES_ONLY = TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
const LOOP_VARIABLES = new Set(['index', 'key', 'first', 'last']);
const BUILT_IN_HELPERS = new Set(['if', 'unless', 'each', 'with', 'lookup', 'log']);

/** A property is its declarations, so that an inherited one is the same in every view; a union has several. */
function propertyKeys(property: Property): readonly string[] {
  return property.getDeclarations().map(node => `${node.getSourceFile().getFilePath()}:${node.getPos()}`);
}

const typeName = (type: Type): string => (type.isAnonymous() ? 'the object' : type.getText(undefined, NAMES_ONLY));

/** An anonymous object has no name, so the field that holds it stands in. */
function ownerName(property: Property, owner: Type): string {
  const holder = property
    .getDeclarations()[0]
    ?.getFirstAncestor(
      node => Node.isInterfaceDeclaration(node) || Node.isPropertySignature(node) || Node.isTypeAliasDeclaration(node),
    );
  return holder?.getSymbol()?.getName() ?? typeName(owner);
}

const isList = (type: Type): boolean => type.isArray() || type.isReadonlyArray() || type.isTuple();

/** Handlebars reads an object's own fields; of a list or a text that leaves the length. */
const hasFields = (type: Type): boolean => !isList(type) && (type.isObject() || type.isUnionOrIntersection());

function elementOf(type: Type): Type | null {
  const bare = type.getNonNullableType();
  return isList(bare) ? (bare.getNumberIndexType() ?? null) : null;
}

function isPrintable(type: Type): boolean {
  if (type.isUnion()) return type.getUnionTypes().every(isPrintable);
  return type.isString() || type.isNumber() || type.isStringLiteral() || type.isNumberLiteral();
}

const factOf = (level: number, parts: readonly string[]): string => `${level}:${parts.join('.')}`;

/** Which context a path starts from, and the fields that it goes through from there. */
function place(
  path: hbs.AST.PathExpression,
  scope: Scope,
): { readonly level: number; readonly parts: readonly string[] } {
  return path.data
    ? { level: 0, parts: path.parts.slice(1) }
    : { level: scope.contexts.length - 1 - path.depth, parts: path.parts };
}

class Walk {
  readonly problems: TemplateProblem[] = [];
  readonly used: Set<string> = new Set<string>();
  readonly at: Node;

  /** @param at the place that types are seen from; TypeScript asks for one, and any in the same program will do */
  constructor(at: Node) {
    this.at = at;
  }

  report(node: hbs.AST.Node, path: string, problem: string): null {
    const { line, column } = node.loc.start;
    this.problems.push({ line, column: column + 1, path, problem });
    return null;
  }

  program(program: hbs.AST.Program | undefined, scope: Scope): void {
    for (const statement of program?.body ?? []) this.statement(statement, scope);
  }

  statement(statement: hbs.AST.Statement, scope: Scope): void {
    switch (statement.type) {
      case 'ContentStatement':
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        this.mustache(statement as hbs.AST.MustacheStatement, scope);
        return;
      case 'BlockStatement':
        this.block(statement as hbs.AST.BlockStatement, scope);
        return;
      default:
        this.report(statement, statement.type, 'templates have neither partials nor decorators');
    }
  }

  mustache(statement: hbs.AST.MustacheStatement, scope: Scope): void {
    const { path, params, hash } = statement;
    if (path.type !== 'PathExpression') {
      this.report(statement, path.type, 'a literal belongs into the text of the template');
      return;
    }
    const name = (path as hbs.AST.PathExpression).original;
    // Handlebars looks for a helper first, so a field of that name is never printed.
    if (params.length > 0 || hash !== undefined || BUILT_IN_HELPERS.has(name)) {
      this.report(path, name, 'unknown helper; views come formatted');
      return;
    }
    const type = this.resolve(path, scope, true);
    if (type !== null && !isPrintable(type)) {
      this.report(path, name, `prints ${typeName(type)}, which is neither text nor a number`);
    }
  }

  block(statement: hbs.AST.BlockStatement, scope: Scope): void {
    const helper = statement.path.original;
    const [subject, ...more] = statement.params;
    if (helper !== 'if' && helper !== 'unless' && helper !== 'each') {
      this.report(statement.path, helper, 'unknown helper; templates use if, unless and each');
      return;
    }
    if (subject === undefined || more.length > 0 || statement.hash !== undefined) {
      this.report(statement.path, helper, 'takes one path and nothing else');
      return;
    }
    if ((statement.program?.blockParams ?? []).length > 0) {
      this.report(statement.path, helper, 'block parameters are not checked; use this and ../');
      return;
    }
    const type = this.resolve(subject, scope, false);
    const inside = helper === 'each' ? this.loop(subject, type, scope) : this.condition(subject, scope);
    this.program(statement.program, helper === 'unless' ? scope : inside);
    this.program(statement.inverse, helper === 'unless' ? inside : scope);
  }

  /** What holds where the subject is true. */
  condition(subject: hbs.AST.Expression, scope: Scope): Scope {
    if (subject.type !== 'PathExpression') return scope;
    const { level, parts } = place(subject as hbs.AST.PathExpression, scope);
    return { ...scope, known: new Set([...scope.known, factOf(level, parts)]) };
  }

  loop(subject: hbs.AST.Expression, type: Type | null, scope: Scope): Scope {
    const element = type === null ? null : elementOf(type);
    if (type !== null && element === null) {
      const { original } = subject as hbs.AST.PathExpression;
      this.report(subject, original, `loops over ${typeName(type)}, which is no list`);
    }
    return { contexts: [...scope.contexts, element], loops: scope.loops + 1, known: scope.known };
  }

  /** The type of what an expression stands for; null where that is unknown, because of a fault or by nature. */
  resolve(expression: hbs.AST.Expression, scope: Scope, prints: boolean): Type | null {
    if (expression.type !== 'PathExpression') {
      return this.report(expression, expression.type, 'only paths are allowed here; views come computed');
    }
    const path = expression as hbs.AST.PathExpression;
    if (path.data && path.parts[0] !== 'root') {
      const isLoopVariable = path.parts.length === 1 && LOOP_VARIABLES.has(path.parts[0] ?? '');
      if (isLoopVariable && path.depth < scope.loops) return null;
      return this.report(path, path.original, isLoopVariable ? 'is outside of a loop' : 'unknown @ variable');
    }
    const { level, parts } = place(path, scope);
    const context = scope.contexts[level];
    if (context === undefined) return this.report(path, path.original, '../ climbs out of the view');

    let type = context;
    for (const [index, part] of parts.entries()) {
      const owner = this.withoutNull(path, type, scope, factOf(level, parts.slice(0, index)));
      type = owner === null ? null : this.property(path, owner, part);
      if (type === null) return null;
    }
    return prints ? this.withoutNull(path, type, scope, factOf(level, parts)) : type;
  }

  withoutNull(path: hbs.AST.PathExpression, type: Type | null, scope: Scope, fact: string): Type | null {
    if (type === null || !type.isNullable()) return type;
    if (scope.known.has(fact)) return type.getNonNullableType();
    return this.report(path, path.original, 'may be null here; test it with {{#if}} first');
  }

  property(path: hbs.AST.PathExpression, owner: Type, name: string): Type | null {
    const property = hasFields(owner) || name === 'length' ? owner.getProperty(name) : undefined;
    if (property === undefined) return this.report(path, path.original, `${typeName(owner)} has no ${name}`);
    for (const key of propertyKeys(property)) this.used.add(key);
    const type = property.getTypeAtLocation(this.at);
    if (type.getCallSignatures().length > 0) return this.report(path, path.original, `${name} is a function`);
    if (property.isOptional()) {
      return this.report(path, path.original, `${name} is optional, and strict rendering throws; make it nullable`);
    }
    return type;
  }
}

/** @param at any node of the program that the type is from; TypeScript resolves properties as seen from a place */
export function checkTemplate(text: string, view: Type, at: Node): TemplateCheck {
  const walk = new Walk(at);
  walk.program(Handlebars.parse(text), { contexts: [view], loops: 0, known: new Set() });
  return walk;
}

/** Every property that a template could reach, by key, as `owner.name`. */
function reachable(type: Type, at: Node, found: Map<string, string>): void {
  const bare = type.getNonNullableType();
  const element = elementOf(bare);
  if (element !== null) reachable(element, at, found);
  for (const part of bare.isUnion() ? bare.getUnionTypes() : [bare]) {
    if (!hasFields(part)) continue;
    for (const property of part.getProperties()) {
      const keys = propertyKeys(property);
      if (keys.every(key => found.has(key))) continue;
      for (const key of keys) found.set(key, `${ownerName(property, part)}.${property.getName()}`);
      reachable(property.getTypeAtLocation(at), at, found);
    }
  }
}

/**
 * Checks templates, by path, against the interface that maps each path to its view. Nothing may be left over on either
 * side: no template without a view, no view without a template, no field that no template reads.
 */
export function checkTemplates(templates: ReadonlyMap<string, string>, views: Type, at: Node): readonly string[] {
  const problems: string[] = [];
  const used = new Set<string>();
  const fields = new Map<string, string>();
  const names = new Set<string>();
  for (const entry of views.getProperties()) {
    const name = entry.getName();
    const view = entry.getTypeAtLocation(at);
    names.add(name);
    reachable(view, at, fields);
    const text = templates.get(name);
    if (text === undefined) {
      problems.push(`${name}: a view names this template, and there is no such file`);
      continue;
    }
    const check = checkTemplate(text, view, at);
    for (const key of check.used) used.add(key);
    for (const { line, column, path, problem } of check.problems) {
      problems.push(`${name}:${line}:${column}: ${path}: ${problem}`);
    }
  }
  for (const name of templates.keys()) if (!names.has(name)) problems.push(`${name}: no view names this template`);
  for (const [key, field] of fields) if (!used.has(key)) problems.push(`${field}: no template uses this field`);
  return problems;
}
